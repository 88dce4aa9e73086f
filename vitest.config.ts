import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['{core,voice,server,providers,client,react,dashboard,simulator,test}/**/*.test.{ts,tsx}'],
    // Every file that needs a database opens its own engine; more than two at once is slower on two cores, not faster.
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
})
