import { QueryClient } from '@tanstack/react-query'
import { ApiError, createApi } from '../client/api.ts'
import { SIGN_IN_AGAIN, showsWhoItIs } from './session/signInAgain.ts'
import { inPageLanguage } from './text/text.tsx'

type Listener = () => void
const onSignedOut = new Set<Listener>()

/** Told when the server no longer knows who we are. */
export function whenSignedOut(listener: Listener): () => void {
  onSignedOut.add(listener)
  return () => void onSignedOut.delete(listener)
}

const plain = createApi()

function inOurWords(error: unknown): never {
  if (!(error instanceof ApiError)) throw error
  if (error.status === 401) for (const listener of onSignedOut) listener()
  throw inPageLanguage(error)
}

/** The server, with errors in the language of whoever reads them. */
export const api: typeof plain = {
  call: (route, ...asked) =>
    plain
      .call(route, ...asked)
      .catch(async error => {
        // The same again, once whoever asks has shown who they are.
        const isAgain = error instanceof ApiError && error.code === SIGN_IN_AGAIN && (await showsWhoItIs())
        if (!isAgain) throw error
        return plain.call(route, ...asked)
      })
      .catch(inOurWords),
  uploadPrompt: (sound, prompt) => plain.uploadPrompt(sound, prompt).catch(inOurWords),
  importContacts: (csv, options) => plain.importContacts(csv, options).catch(inOurWords),
}

/**
 * Lets the browser save a file of the server's, which is asked first whether it may be had: what the browser is refused
 * would be saved as well.
 *
 * @throws ApiError
 */
export async function download(address: string): Promise<void> {
  const ask = () =>
    fetch(address, { method: 'HEAD' }).then(
      ({ status }) => status,
      () => 0,
    )
  let status = await ask()
  if (status === 403 && (await showsWhoItIs())) status = await ask()
  if (status === 403)
    inOurWords(new ApiError(403, SIGN_IN_AGAIN, 'Enter your password once more: this takes a recent sign-in.'))
  if (status !== 200)
    inOurWords(new ApiError(status, 'unreachable', 'Ringside cannot be reached. Check the connection and try again.'))
  location.assign(address)
}

/** Live events keep what has been fetched up to date, so nothing is ever fetched again by itself. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: Number.POSITIVE_INFINITY,
      gcTime: 10 * 60_000,
      refetchOnWindowFocus: false,
      refetchOnReconnect: false,
      retry: (failures, error) =>
        failures < 2 && error instanceof ApiError && (error.status === 0 || error.status >= 500),
    },
  },
})
