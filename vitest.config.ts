import { configDefaults, defineConfig } from 'vitest/config'

/** Tests in which people hear one another: audio runs in real time, and is not to share the processors with other tests. */
const VOICES = [
  'test/{portal,softphone,turn,voice,voiceFaults,voiceProcesses,voiceStory,webPhones}.test.ts',
  'voice/{browser,engine}.test.ts',
]

export default defineConfig({
  test: {
    // Ends of patience, not promises of ours: a machine may have something else to do.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 10_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: 'all',
          include: ['{core,voice,server,providers,client,react,dashboard,simulator,test}/**/*.test.{ts,tsx}'],
          exclude: [...configDefaults.exclude, ...VOICES],
          // Every file that needs a database opens its own engine; more than two at once is slower on two cores, not faster.
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'voices',
          include: VOICES,
          testTimeout: 120_000,
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
          // A machine that is busy with something else for seconds is heard as a gap.
          retry: 1,
        },
      },
    ],
  },
})
