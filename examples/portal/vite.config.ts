import react from '@vitejs/plugin-react'
import { SignJWT } from 'jose'
import { type Connect, defineConfig, type Plugin } from 'vite'

const { RINGSIDE_URL = 'http://localhost:5000', SUPABASE_JWT_SECRET = '' } = process.env

/** Stands for your sign-in: `/token?sub=ana` is a token of Ana's. For this example only: it asks nobody for a password. */
const signIn: Connect.NextHandleFunction = async (request, response, next) => {
  const url = new URL(request.url ?? '/', 'http://here')
  if (url.pathname !== '/token') return next()
  const token = await new SignJWT({ role: 'authenticated' })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(url.searchParams.get('sub') ?? '')
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(SUPABASE_JWT_SECRET))
  response.end(token)
}

const tokens: Plugin = {
  name: 'tokens',
  configureServer: server => void server.middlewares.use(signIn),
  configurePreviewServer: server => void server.middlewares.use(signIn),
}

/** Ringside on the page's own address, as behind one reverse proxy. */
const proxy = { '/api': RINGSIDE_URL, '/voice': { target: RINGSIDE_URL, ws: true } }

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), tokens],
  build: {
    target: ['chrome123', 'edge123', 'firefox120', 'safari17.5'],
    rollupOptions: { input: ['index.html', 'crm.html', 'portal.html'].map(page => `${import.meta.dirname}/${page}`) },
  },
  server: { proxy },
  preview: { proxy },
})
