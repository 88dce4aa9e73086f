import {
  type Commands,
  type Dialled,
  type ProviderCall,
  type RestOptions,
  type Told,
  telephoneOf,
} from '../provider.ts'

/** The account on whose behalf we call. */
export interface TwilioAccount {
  accountSid: string
  authToken: string
}

const API_URL = 'https://api.twilio.com'
/** Milliseconds. Somebody is waiting on the line. */
const TIMEOUT = 5000
const TOO_MANY_REQUESTS = 20429
const CALL_IS_OVER = 21220

/** Twilio's REST API, version 2010-04-01: forms in, JSON out. */
export function rest({ accountSid, authToken }: TwilioAccount, { apiUrl = API_URL }: RestOptions = {}): Commands {
  const account = `${apiUrl}/2010-04-01/Accounts/${encodeURIComponent(accountSid)}`
  const authorization = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`

  const post = (path: string, fields: Fields): Promise<Answer> =>
    send(path, { method: 'POST', body: new URLSearchParams(fields) })

  async function send(path: string, request: Pick<RequestInit, 'method' | 'body'>): Promise<Answer> {
    try {
      const response = await fetch(`${account}/${path}.json`, {
        ...request,
        headers: { authorization, accept: 'application/json' },
        // Our credentials go nowhere but here.
        redirect: 'error',
        signal: AbortSignal.timeout(TIMEOUT),
      })
      return { status: response.status, content: await readJson(response) }
    } catch (error) {
      return {
        status: error instanceof Error && error.name === 'TimeoutError' ? 'timeout' : 'unreachable',
        content: {},
      }
    }
  }

  /** To a call that exists: done twice it does no more than once, so that whatever went wrong may be tried again. */
  const update = async ({ providerCallId }: ProviderCall, fields: Fields): Promise<Told> =>
    toldOf(await post(`Calls/${encodeURIComponent(providerCallId)}`, fields))

  function toldOf(answer: Answer): Told {
    if (isDone(answer)) return { done: true }
    const gone = answer.status === 404 || answer.content.code === CALL_IS_OVER
    const failed = typeof answer.status === 'string' || answer.status >= 500
    return { done: false, gone, retryable: !gone && (failed || isThrottled(answer)), reason: reasonOf(answer) }
  }

  /** Makes something new. An answer that never came may hide a success: only what surely was not done is retryable. */
  async function create(path: string, fields: Fields): Promise<Dialled> {
    const answer = await post(path, fields)
    if (!isDone(answer)) return { done: false, gone: false, retryable: isThrottled(answer), reason: reasonOf(answer) }
    const { sid } = answer.content
    return { done: true, ...(typeof sid === 'string' && { providerCallId: sid }) }
  }

  return {
    ask: (call, url) => update(call, [['Url', url], POST]),
    hangUp: call => update(call, [['Status', 'completed']]),
    dial: (to, from, urls, ringSeconds) =>
      create('Calls', [
        ['To', telephoneOf(to)],
        ['From', from],
        ['Url', urls.answer],
        POST,
        ['StatusCallback', urls.status],
        ['StatusCallbackMethod', 'POST'],
        ...['initiated', 'ringing', 'answered', 'completed'].map(event => ['StatusCallbackEvent', event] as Field),
        ['Timeout', String(ringSeconds)],
      ]),
    recordingRequest: url => ({
      // As WAV, with as many channels as there are; without an ending an account may be set to something else.
      url: `${url.replace(/^https:\/\/[^/]+/, origin => (apiUrl === API_URL ? origin : apiUrl))}.wav`,
      headers: { authorization },
    }),
    deleteRecording: async id => toldOf(await send(`Recordings/${encodeURIComponent(id)}`, { method: 'DELETE' })),
    async sendText(to, from, text) {
      const { providerCallId: _, ...told } = await create('Messages', [
        ['To', to],
        ['From', from],
        ['Body', text],
      ])
      return told
    },
  }
}

type Field = [name: string, value: string]
type Fields = Field[]

const POST: Field = ['Method', 'POST']

interface Answer {
  /** HTTP status, or why there is none. */
  status: number | 'timeout' | 'unreachable'
  content: Record<string, unknown>
}

const isDone = ({ status }: Answer): boolean => typeof status === 'number' && status >= 200 && status < 300

/** Twilio has not looked at the request. */
const isThrottled = ({ status, content }: Answer): boolean => status === 429 || content.code === TOO_MANY_REQUESTS

/** By its number alone: Twilio's own words repeat what we sent, and reasons end up in logs. */
function reasonOf({ status, content: { code } }: Answer): string {
  if (status === 'timeout') return `Twilio did not answer within ${TIMEOUT / 1000} seconds.`
  if (status === 'unreachable') return 'Twilio cannot be reached.'
  if (status === 401) return 'Twilio refuses the account SID and auth token.'
  if (typeof code !== 'number') return `Twilio answered with status ${status}.`
  return `Twilio refused with error ${code}: see https://www.twilio.com/docs/errors/${code}.`
}

async function readJson(response: Response): Promise<Record<string, unknown>> {
  const text = await response.text()
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}
