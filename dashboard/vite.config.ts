import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const server = 'http://127.0.0.1:5000'

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), tailwindcss()],
  build: {
    outDir: '../dist/dashboard',
    emptyOutDir: true,
    // What `light-dark()` needs; older browsers would need every colour twice.
    target: ['chrome123', 'edge123', 'firefox120', 'safari17.5'],
    // Inlined files would be `data:` addresses, which the content security policy allows for images only.
    assetsInlineLimit: 0,
  },
  server: {
    proxy: {
      '/api': server,
      '/socket.io': { target: server, ws: true },
    },
  },
})
