import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { v7 as newId } from 'uuid'
import type { CallState } from '../../core/call.ts'

/** A message as somebody else's server gets it. */
export interface Received {
  headers: Record<string, string>
  /** Names of headers as they were spelled. */
  names: string[]
  text: string
  body: { event: string; call?: Record<string, unknown> & { id: string; status: string } } & Record<string, unknown>
}

/** Somebody else's server: keeps what it is sent, and answers as told. */
export interface Receiver {
  url: string
  received: Received[]
  /** 200 unless told otherwise; null: the connection is cut. */
  answer: (received: Received, index: number) => ReceiverAnswer | Promise<ReceiverAnswer>
  /** Waits until so many have come. */
  until(count: number, withinMs?: number): Promise<Received[]>
  close(): Promise<void>
}
type ReceiverAnswer = { status: number; headers?: Record<string, string>; body?: string } | null

export async function startReceiver(port = 0): Promise<Receiver> {
  const server = http.createServer(async (request, response) => {
    let text = ''
    for await (const chunk of request) text += chunk
    const message = {
      headers: request.headers as Record<string, string>,
      names: request.rawHeaders.filter((_, index) => index % 2 === 0),
      text,
      body: JSON.parse(text),
    }
    receiver.received.push(message)
    const answer = await receiver.answer(message, receiver.received.length - 1)
    if (answer === null) return void request.socket.destroy()
    response.writeHead(answer.status, answer.headers).end(answer.body ?? '')
  })
  await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve))
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    received: [],
    answer: () => ({ status: 200 }),
    async until(count, withinMs = 20_000) {
      for (const giveUpAt = Date.now() + withinMs; receiver.received.length < count; ) {
        if (Date.now() > giveUpAt)
          throw new Error(
            `${receiver.received.length} of ${count} came: ${receiver.received.map(r => r.text).join('\n')}`,
          )
        await new Promise(resolve => setTimeout(resolve, 5))
      }
      return receiver.received
    },
    close: () =>
      new Promise(resolve => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
  return receiver
}

/** A call as events tell it. */
export const callState = (more: Partial<CallState> = {}): CallState => ({
  id: newId(),
  provider: 'twilio',
  providerCallId: `CA${newId()}`,
  control: 'provider',
  direction: 'inbound',
  from: '+14155550100',
  to: '+12025550100',
  callerName: null,
  subject: null,
  status: 'ringing',
  outcome: null,
  queue: null,
  agent: null,
  contact: null,
  startedAt: '2026-01-01T00:00:00.000Z',
  answeredAt: null,
  endedAt: null,
  durationSeconds: null,
  queuedAt: null,
  takenAt: null,
  divertedTo: null,
  disposition: null,
  consent: null,
  conversation: null,
  ...more,
})
