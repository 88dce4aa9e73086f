import { randomUUID } from 'node:crypto'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import twilio from 'twilio/lib/webhooks/webhooks.js'
import { type Element, elementsIn, readMarkup, textIn } from './markup.ts'

export interface CarrierOptions {
  /** Where the server really is. */
  url: string
  /** Where the carrier believes it to be: what it signs. */
  publicUrl: string
  authToken: string
  accountSid?: string
}

/**
 * How often each webhook comes: once; twice, as a retry after a lost answer, with the token that tells so or without;
 * twice in the same instant.
 */
export type Repeats = 'once' | 'twice' | 'twice without a token' | 'twice at once'

interface Webhook {
  /** With query, as signed. */
  url: string
  fields: Record<string, string>
  token: string
}

/** How a number that was dialled did not answer. */
export type DialFailure = 'busy' | 'no-answer' | 'failed' | 'canceled'

/** What a verb may carry, and what the carrier must find there. */
const VERBS: Record<string, { may: string[]; must: string[] }> = {
  Say: { may: ['language'], must: ['language'] },
  Play: { may: ['loop'], must: [] },
  Gather: {
    may: [
      'input',
      'numDigits',
      'timeout',
      'action',
      'method',
      'actionOnEmptyResult',
      'language',
      'speechTimeout',
      'hints',
    ],
    must: ['input', 'action'],
  },
  Record: {
    may: [
      ...['action', 'method', 'maxLength', 'timeout', 'finishOnKey', 'playBeep', 'trim', 'recordingStatusCallback'],
      ...['recordingStatusCallbackMethod', 'recordingStatusCallbackEvent'],
    ],
    must: ['action'],
  },
  Dial: {
    may: [
      ...['action', 'method', 'timeout', 'answerOnBridge', 'callerId', 'record', 'recordingStatusCallback'],
      ...['recordingStatusCallbackMethod', 'recordingStatusCallbackEvent'],
    ],
    must: ['action'],
  },
  Number: { may: ['statusCallback', 'statusCallbackMethod', 'statusCallbackEvent'], must: [] },
  Redirect: { may: ['method'], must: [] },
  Hangup: { may: [], must: [] },
}
const NESTED: Record<string, string[]> = {
  Response: Object.keys(VERBS).filter(name => name !== 'Number'),
  Gather: ['Say', 'Play'],
  Dial: ['Number'],
}
const MAX_DOCUMENT = 64 * 1024

/**
 * Twilio as seen from outside: it posts signed webhooks, executes the TwiML that it gets back from top to bottom, and
 * reports what came of it. Whatever Twilio itself would refuse, or would leave a caller in silence, is an error here.
 */
export class Carrier {
  readonly options: CarrierOptions
  repeats: Repeats = 'once'
  readonly calls: PhoneCall[] = []
  /** Text messages that it was asked to send. */
  readonly messages: { to: string; from: string; body: string }[] = []
  /** News that is held back; null: all is delivered at once. */
  private held: Webhook[] | null = null

  constructor(options: CarrierOptions) {
    this.options = options
  }

  /** Somebody dials a number of ours. `fields`: what else Twilio would tell, such as `CallerName`. */
  async dial(from: string, to: string, fields: Record<string, string> = {}): Promise<PhoneCall> {
    const call = new PhoneCall(this, { From: from, To: to, ...fields })
    this.calls.push(call)
    await call.begin()
    return call
  }

  /** A number that the server has asked to be dialled rings; {@link PhoneCall.takeUp} or {@link PhoneCall.notTaken} follows. */
  ring(form: URLSearchParams): PhoneCall {
    const [from, to] = [form.get('From')!, form.get('To')!]
    const urls = { answer: this.pathOf(form.get('Url')!), status: this.pathOf(form.get('StatusCallback')!) }
    const call = new PhoneCall(this, { From: from, To: to, Direction: 'outbound-api' }, urls)
    this.calls.push(call)
    return call
  }

  async hangUpAll(): Promise<void> {
    await Promise.all(this.calls.filter(call => call.live).map(call => call.hangUp()))
  }

  /** From now on no news (status, recordings) comes through. */
  hold(): void {
    this.held = []
  }

  /** What was held back comes now, the last first if asked. */
  async release(order: 'as sent' | 'backwards' = 'as sent'): Promise<void> {
    const held = this.held ?? []
    this.held = null
    for (const webhook of order === 'as sent' ? held : held.reverse()) await this.deliver(webhook)
  }

  async tell(path: string, fields: Record<string, string>): Promise<void> {
    const webhook = { url: this.options.publicUrl + path, fields, token: randomUUID() }
    if (this.held === null) await this.deliver(webhook)
    else this.held.push(webhook)
  }

  /** Posts a webhook as often as {@link repeats} says. Throws when not every answer is the same 200. */
  async deliver(webhook: Webhook): Promise<string> {
    if (this.repeats === 'once') return this.post(webhook)
    const token = this.repeats === 'twice without a token' ? null : webhook.token
    const send = () => this.post(webhook, token)
    const first = send()
    if (this.repeats !== 'twice at once') await first
    const [answer, again] = await Promise.all([first, send()])
    if (answer !== again) throw new Error(`a repeat was answered otherwise:\n${answer}\n${again}`)
    return answer
  }

  async post({ url, fields, token }: Webhook, sent: string | null = token): Promise<string> {
    const { publicUrl, url: address, authToken } = this.options
    if (!url.startsWith(`${publicUrl}/`)) throw new Error(`the carrier is sent elsewhere: ${url}`)
    const response = await fetch(address + url.slice(publicUrl.length), {
      method: 'POST',
      body: new URLSearchParams(fields),
      headers: {
        'x-twilio-signature': twilio.getExpectedTwilioSignature(authToken, url, fields),
        ...(sent !== null && { 'i-twilio-idempotency-token': sent }),
      },
    })
    const body = await response.text()
    if (response.status !== 200) throw new Error(`${response.status} for ${url}: ${body}`)
    if (!response.headers.get('content-type')?.startsWith('text/xml')) throw new Error(`no XML from ${url}: ${body}`)
    return body
  }

  /** Throws on what Twilio would refuse, and on a document after which the caller would hear nothing more. */
  read(body: string): Element {
    if (Buffer.byteLength(body) > MAX_DOCUMENT) throw new Error('the document is longer than the carrier reads')
    const document = readMarkup(body)
    if (document.name !== 'Response') throw new Error(`a document is a Response, not ${document.name}`)
    this.checkVerbs(document)
    return document
  }

  private checkVerbs(parent: Element): void {
    for (const verb of elementsIn(parent)) {
      const { name, attributes } = verb
      const refuse = (why: string): never => {
        throw new Error(`${name} in ${parent.name}: ${why} (${JSON.stringify(verb)})`)
      }
      if (!NESTED[parent.name]?.includes(name)) refuse('it may not stand here')
      const { may, must } = VERBS[name]!
      for (const key of Object.keys(attributes)) if (!may.includes(key)) refuse(`it knows no ${key}`)
      for (const key of must) if (!attributes[key]) refuse(`it needs ${key}`)
      for (const key of ['action', 'statusCallback', 'recordingStatusCallback'])
        if (attributes[key] !== undefined) this.pathOf(attributes[key])
      if (NESTED[name] === undefined && elementsIn(verb).length > 0) refuse('it holds text only')
      if (NESTED[name] !== undefined && textIn(verb) !== '') refuse('it holds no text')
      if (name === 'Say' && textIn(verb).trim() === '') refuse('it says nothing')
      if (name === 'Play' && !/^https?:\/\/[^\s]+$/.test(textIn(verb))) refuse('it plays no address')
      if (name === 'Number' && !/^\+\d{7,15}$/.test(textIn(verb))) refuse('this is no number')
      if (name === 'Dial' && elementsIn(verb).length !== 1) refuse('it dials nobody')
      if (name === 'Redirect') this.pathOf(textIn(verb))
      this.checkVerbs(verb)
    }
  }

  /** Path and query of an address of the server's own. */
  pathOf(url: string): string {
    if (!url.startsWith(`${this.options.publicUrl}/`)) throw new Error(`no address of the server: ${url}`)
    return url.slice(this.options.publicUrl.length)
  }
}

let sids = 0
const newSid = (prefix: string): string => prefix + (Date.now() * 1000 + (++sids % 1000)).toString(16).padStart(32, '0')

const ENDS = new Set(['Redirect', 'Hangup'])

/** A caller's side of a call, at the verb that waits for somebody to do something. */
export class PhoneCall {
  readonly sid = newSid('CA')
  readonly from: string
  live = true
  /** The script that was fetched last. */
  document: Element = { name: 'Response', attributes: {}, children: [] }
  /** Everything that the caller has heard, in order: texts, and addresses of sounds. */
  readonly heard: string[] = []
  private readonly carrier: Carrier
  /** What every webhook of this call carries. */
  readonly fields: Readonly<Record<string, string>>
  /** The verb that is executed and what stands after it. */
  private verbs: Element[] = []
  private readonly sent: Webhook[] = []
  /** The leg that a Dial has made; null: none. */
  private dialled: { sid: string; order: number; answered: boolean } | null = null
  /** One script is fetched after the other. */
  private turn: Promise<void> = Promise.resolve()
  private readonly startedAt = Date.now()
  private readonly urls: { answer: string; status: string }
  /** Counts the news of the side that opened the call. */
  private order = 0

  constructor(
    carrier: Carrier,
    fields: Record<string, string>,
    urls = { answer: '/api/twilio/incoming-call', status: '/api/twilio/call-status' },
  ) {
    this.carrier = carrier
    this.urls = urls
    this.from = fields.From!
    this.fields = {
      AccountSid: carrier.options.accountSid ?? 'AC00000000000000000000000000000001',
      ApiVersion: '2010-04-01',
      CallSid: this.sid,
      Direction: 'inbound',
      Caller: fields.From!,
      Called: fields.To!,
      ...fields,
    }
  }

  begin(): Promise<void> {
    return this.fetch(this.urls.answer, { CallStatus: 'ringing' })
  }

  /** Whoever was dialled by the server's wish takes up the telephone. */
  async takeUp(): Promise<void> {
    for (const status of ['initiated', 'ringing', 'in-progress']) await this.tellStatus(status)
    await this.fetch(this.urls.answer, { CallStatus: 'in-progress' })
  }

  /** Whoever was dialled by the server's wish does not. */
  async notTaken(why: DialFailure): Promise<void> {
    for (const status of ['initiated', 'ringing']) await this.tellStatus(status)
    this.live = false
    await this.tellStatus(why, 0)
  }

  /** The caller presses keys. As many as are asked for are taken; the rest is lost. */
  press(keys: string): Promise<void> {
    const gather = this.expect('Gather')
    const taken = keys.slice(0, Number(gather.attributes.numDigits ?? keys.length))
    return this.fetchFrom(gather, { Digits: taken, msg: 'Gather End', FinishedOnKey: '' })
  }

  /** The caller speaks; what it cannot be heard by is silence. */
  say(words: string): Promise<void> {
    const gather = this.expect('Gather')
    if (!gather.attributes.input!.split(' ').includes('speech')) return this.stayQuiet()
    const { language = 'en-US' } = gather.attributes
    return this.fetchFrom(gather, { SpeechResult: words, Confidence: '0.9123', Language: language })
  }

  /** The caller does nothing until the Gather is over. */
  stayQuiet(): Promise<void> {
    const gather = this.expect('Gather')
    if (gather.attributes.actionOnEmptyResult === 'true') return this.fetchFrom(gather, { Digits: '' })
    return this.goOn()
  }

  /** The caller hears the music out, and the script goes where it redirects to. */
  listen(): Promise<void> {
    const redirect = this.expect('Redirect')
    return this.fetch(this.carrier.pathOf(textIn(redirect)), { CallStatus: 'in-progress' })
  }

  /** The caller speaks after the tone, for whole seconds, then presses #. When it can be fetched is told last. */
  async record(seconds: number): Promise<void> {
    const record = this.expect('Record')
    const recording = this.recording(seconds)
    await this.tellRecording(record, recording, 'in-progress', -1)
    await this.fetchFrom(record, { ...recording, Digits: '#' })
    await this.tellRecording(record, recording, 'completed', seconds)
  }

  /** The caller says nothing after the tone: Twilio reports no recording and goes on with the next verb. */
  async recordNothing(): Promise<void> {
    await this.tellRecording(this.expect('Record'), this.recording(0), 'absent', -1)
    await this.goOn()
  }

  /** What the dial is answered with: rings, and somebody takes up the telephone. */
  async answerDial(): Promise<void> {
    await this.ringDial()
    this.dialled!.answered = true
    await this.tellDialled('in-progress')
  }

  /** It rings there. */
  async ringDial(): Promise<void> {
    this.expect('Dial')
    this.dialled = { sid: newSid('CA'), order: 0, answered: false }
    await this.tellDialled('initiated')
    await this.tellDialled('ringing')
  }

  /** Whoever was dialled hangs up. */
  async endDial(seconds = 37): Promise<void> {
    const dial = this.expect('Dial')
    await this.tellDialled('completed', seconds)
    await this.fetchFrom(dial, {
      ...{ DialCallStatus: 'completed', DialCallDuration: String(seconds), DialBridged: 'true' },
      DialCallSid: this.dialled!.sid,
    })
  }

  async failDial(why: DialFailure): Promise<void> {
    const dial = this.expect('Dial')
    if (this.dialled === null) await this.ringDial()
    await this.tellDialled(why, 0)
    await this.fetchFrom(dial, { DialCallStatus: why, DialCallSid: this.dialled!.sid, DialBridged: 'false' })
  }

  /**
   * The caller hangs up, wherever it is. A Record, and a Dial, still report to their action; nobody hears the answer.
   * `recorded`: how many seconds the Record that it interrupts had lasted. `lost`: what it reports does not arrive.
   */
  async hangUp({ recorded = 0, lost = false } = {}): Promise<void> {
    const [verb] = this.verbs
    this.live = false
    const report = async (fields: Record<string, string>) => {
      if (lost) return
      const action = this.webhook(this.carrier.pathOf(verb!.attributes.action!), { CallStatus: 'completed', ...fields })
      this.carrier.read(await this.carrier.deliver(action))
    }
    const recording = this.recording(recorded)
    const isRecorded = verb?.name === 'Record' && recorded > 0
    if (isRecorded) {
      await this.tellRecording(verb, recording, 'in-progress', -1)
      await report({ ...recording, Digits: 'hangup' })
    }
    if (verb?.name === 'Dial' && this.dialled !== null) {
      const { answered, sid } = this.dialled
      const status = answered ? 'completed' : 'canceled'
      await this.tellDialled(status, answered ? 12 : 0)
      await report({ DialCallStatus: status, DialCallSid: sid, DialBridged: String(answered) })
    }
    await this.tellEnd()
    if (isRecorded) await this.tellRecording(verb, recording, 'completed', recorded)
  }

  /** Every webhook of this call, once more, the last first if asked; what is answered is not executed. */
  async resend(order: 'as sent' | 'backwards' = 'as sent'): Promise<Element[]> {
    const answers: Element[] = []
    for (const webhook of order === 'as sent' ? [...this.sent] : this.sent.toReversed())
      answers.push(this.carrier.read(await this.carrier.post(webhook)))
    return answers
  }

  /** The server has asked for another script to be played: this one is cut short. */
  interrupt(url: string): void {
    if (this.live) void this.fetch(this.carrier.pathOf(url), { CallStatus: 'in-progress' })
  }

  /** The verb that waits. Throws when it is another. */
  expect(name: string): Element {
    const [verb] = this.verbs
    if (!this.live) throw new Error(`the call is over; ${name} was expected`)
    if (verb?.name !== name) throw new Error(`${name} was expected, not ${JSON.stringify(verb)}`)
    return verb
  }

  /** What the script waits for; null: the call is over. */
  get waitsFor(): string | null {
    return this.live ? (this.verbs[0]?.name ?? null) : null
  }

  private fetchFrom(verb: Element, fields: Record<string, string>): Promise<void> {
    return this.fetch(this.carrier.pathOf(verb.attributes.action!), { CallStatus: 'in-progress', ...fields })
  }

  private fetch(path: string, fields: Record<string, string>): Promise<void> {
    this.turn = this.turn.then(async () => {
      if (!this.live) return
      const body = await this.carrier.deliver(this.webhook(path, fields))
      // Who has hung up meanwhile hears nothing of it.
      if (!this.live) return
      this.document = this.carrier.read(body)
      this.verbs = elementsIn(this.document)
      this.dialled = null
      await this.play()
    })
    return this.turn
  }

  private webhook(path: string, fields: Record<string, string>): Webhook {
    const url = this.carrier.options.publicUrl + path
    const webhook = { url, fields: { ...this.fields, ...fields }, token: randomUUID() }
    this.sent.push(webhook)
    return webhook
  }

  private goOn(): Promise<void> {
    this.verbs = this.verbs.slice(1)
    if (this.verbs[0]?.name === 'Redirect') return this.listen()
    return this.play()
  }

  /** Plays on until a verb waits for somebody. */
  private async play(): Promise<void> {
    for (; this.verbs.length > 0; this.verbs = this.verbs.slice(1)) {
      const [verb] = this.verbs
      const { name, attributes } = verb!
      if (name === 'Hangup') {
        this.live = false
        return this.tellEnd()
      }
      if (name === 'Say' || name === 'Play') this.heard.push(textIn(verb!))
      if (name === 'Gather') this.heard.push(...elementsIn(verb!).map(textIn))
      if (name === 'Say' || (name === 'Play' && attributes.loop !== '0')) continue
      const rest = this.verbs.slice(1)
      const last = rest.at(-1) ?? verb!
      const silent = last.name === 'Gather' && last.attributes.actionOnEmptyResult !== 'true'
      if (silent || !(ENDS.has(last.name) || ['Gather', 'Dial', 'Play'].includes(last.name)))
        throw new Error(`after this script the caller is left in silence: ${JSON.stringify(this.document)}`)
      return
    }
    throw new Error(`the script ends, and so would the call: ${JSON.stringify(this.document)}`)
  }

  private recording(seconds: number) {
    const sid = newSid('RE')
    const { accountSid = 'AC00000000000000000000000000000001' } = this.carrier.options
    return {
      RecordingSid: sid,
      RecordingUrl: `https://api.twilio.com/2010-04-01/Accounts/${accountSid}/Recordings/${sid}`,
      RecordingDuration: String(seconds),
    }
  }

  private tellRecording(
    { attributes }: Element,
    recording: Record<string, string>,
    status: string,
    seconds: number,
  ): Promise<void> {
    const { recordingStatusCallback, recordingStatusCallbackEvent = '' } = attributes
    if (!recordingStatusCallback || !recordingStatusCallbackEvent.split(' ').includes(status)) return Promise.resolve()
    return this.carrier.tell(this.carrier.pathOf(recordingStatusCallback), {
      ...{ AccountSid: this.fields.AccountSid!, CallSid: this.sid, RecordingStatus: status },
      ...recording,
      ...{ RecordingDuration: String(seconds), RecordingChannels: '1', RecordingSource: 'RecordVerb' },
    })
  }

  private async tellDialled(status: string, seconds?: number): Promise<void> {
    const [number] = elementsIn(this.verbs[0]!)
    const { statusCallback, statusCallbackEvent = '' } = number!.attributes
    const event = { initiated: 'initiated', ringing: 'ringing', 'in-progress': 'answered' }[status] ?? 'completed'
    if (!statusCallback || !statusCallbackEvent.split(' ').includes(event)) return
    const { sid, order } = this.dialled!
    this.dialled!.order += 1
    await this.carrier.tell(this.carrier.pathOf(statusCallback), {
      ...this.fields,
      ...{ CallSid: sid, ParentCallSid: this.sid, Direction: 'outbound-dial', CallStatus: status },
      ...{ From: this.fields.To!, To: textIn(number!), SequenceNumber: String(order), Timestamp: now() },
      ...(seconds !== undefined && { CallDuration: String(seconds) }),
    })
  }

  private tellEnd(): Promise<void> {
    return this.tellStatus('completed', Math.max(0, Math.round((Date.now() - this.startedAt) / 1000)))
  }

  private tellStatus(status: string, seconds?: number): Promise<void> {
    return this.carrier.tell(this.urls.status, {
      ...this.fields,
      ...{ CallStatus: status, SequenceNumber: String(this.order++), Timestamp: now() },
      ...(seconds !== undefined && { CallDuration: String(seconds) }),
    })
  }
}

/** RFC 2822, as Twilio writes it. */
const now = (): string => new Date().toUTCString().replace('GMT', '+0000')

/** Twilio's REST API for the calls and messages of one carrier, on this machine. */
export interface CarrierApi {
  url: string
  /** Every script that it was asked to fetch for a live call. */
  readonly fetches: string[]
  /** Every call that it was asked to make. */
  readonly dials: Record<string, string>[]
  /** Paths of what it does not have. */
  readonly strays: string[]
  /** This many requests are answered with 500 before it works again. */
  failures: number
  /** The audio (WAV) of recordings by their sid, or where it has been moved to. Of any other it has none. */
  readonly recordings: Map<string, Buffer | URL>
  close(): Promise<void>
}

export async function startCarrierApi(
  carrier: () => Carrier,
  account: { sid: string; token: string },
): Promise<CarrierApi> {
  const authorization = `Basic ${Buffer.from(`${account.sid}:${account.token}`).toString('base64')}`
  const api: CarrierApi = {
    url: '',
    fetches: [],
    dials: [],
    strays: [],
    failures: 0,
    recordings: new Map(),
    close: async () => {},
  }

  function answer(path: string, form: URLSearchParams): [status: number, body: object, afterwards?: () => void] {
    if (api.failures > 0) {
      api.failures -= 1
      return [500, { code: 20500 }]
    }
    const [, kind, sid] = /^\/2010-04-01\/Accounts\/AC\w{32}\/(Calls|Messages)(?:\/(\w+))?\.json$/.exec(path) ?? []
    if (kind === 'Messages') {
      carrier().messages.push({ to: form.get('To')!, from: form.get('From')!, body: form.get('Body')! })
      return [201, { sid: newSid('SM') }]
    }
    if (kind === 'Calls' && sid === undefined) {
      api.dials.push(Object.fromEntries(form))
      return [201, { sid: carrier().ring(form).sid, status: 'queued' }]
    }
    const call = carrier().calls.find(call => call.sid === sid)
    if (kind !== 'Calls' || call === undefined) {
      api.strays.push(path)
      return [404, { code: 20404 }]
    }
    if (!call.live) return [400, { code: 21220 }]
    const url = form.get('Url')
    if (url !== null) {
      api.fetches.push(url)
      return [200, { sid }, () => call.interrupt(url)]
    }
    if (form.get('Status') === 'completed') return [200, { sid }, () => void call.hangUp()]
    return [400, { code: 21218 }]
  }

  const server = http.createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const allowed = request.headers.authorization === authorization
    const [, recording] = /^\/2010-04-01\/Accounts\/AC\w{32}\/Recordings\/(\w+)\.wav$/.exec(request.url!) ?? []
    if (allowed && recording !== undefined && request.method === 'GET') {
      const audio = api.recordings.get(recording)
      if (audio === undefined) response.writeHead(404, { 'content-type': 'application/json' }).end('{"code":20404}')
      else if (audio instanceof URL) response.writeHead(307, { location: audio.href }).end()
      else response.writeHead(200, { 'content-type': 'audio/x-wav' }).end(audio)
      return
    }
    const [status, content, afterwards] = allowed ? answer(request.url!, new URLSearchParams(body)) : [401, {}]
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(content))
    afterwards?.()
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  api.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  api.close = () => new Promise(resolve => void server.close(() => resolve()))
  return api
}
