import { promisify } from 'node:util'
import { brotliCompress, gzip } from 'node:zlib'
import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'

const server = 'http://127.0.0.1:5000'

/** Compressed once, as well as can be, rather than with every request. */
const compressed: Plugin = {
  name: 'compressed',
  apply: 'build',
  generateBundle: {
    order: 'post',
    async handler(_options, bundle) {
      const files = Object.values(bundle).filter(({ fileName }) => /\.(js|css|svg)$/.test(fileName))
      await Promise.all(
        files.map(async file => {
          const source = Buffer.from(file.type === 'chunk' ? file.code : file.source)
          this.emitFile({
            type: 'asset',
            fileName: `${file.fileName}.br`,
            source: await promisify(brotliCompress)(source),
          })
          this.emitFile({ type: 'asset', fileName: `${file.fileName}.gz`, source: await promisify(gzip)(source) })
        }),
      )
    },
  },
}

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), tailwindcss(), compressed],
  build: {
    outDir: '../dist/dashboard',
    emptyOutDir: true,
    // What `light-dark()` needs; older browsers would need every colour twice.
    target: ['chrome123', 'edge123', 'firefox120', 'safari17.5'],
    // Inlined files would be `data:` addresses, which the content security policy allows for images only.
    assetsInlineLimit: 0,
    rolldownOptions: {
      input: {
        index: `${import.meta.dirname}/index.html`,
        phone: `${import.meta.dirname}/phone.html`,
        widget: `${import.meta.dirname}/widget/widget.ts`,
      },
      // Other people's pages name it, so its name never changes.
      output: { entryFileNames: ({ name }) => (name === 'widget' ? 'widget.js' : 'assets/[name]-[hash].js') },
    },
  },
  server: {
    proxy: {
      '/api': server,
      '/socket.io': { target: server, ws: true },
      '/voice': { target: server, ws: true },
    },
  },
})
