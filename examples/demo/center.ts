import { setTimeout as sleep } from 'node:timers/promises'
import { type Api, createContact, logCall } from '../../client/index.ts'

const CUSTOMERS = [
  ['Ada Lovelace', 'Analytical Engines', '+12025550143', 'Where is my order?'],
  ['Grace Hopper', 'Compiler Works', '+14155550123', 'A question about the invoice'],
  ['Katherine Johnson', 'Orbit Freight', '+16465550119', 'Change of address'],
  ['Alan Turing', 'Bombe & Sons', '+13125550162', 'It does not stop'],
  ['Radia Perlman', 'Spanning Trees', '+12065550187', 'A quote for twelve pallets'],
  ['Edsger Dijkstra', 'Shortest Way', '+17135550154', 'A delivery was missed'],
] as const
/** Of whom nothing is known. */
const STRANGERS = ['+13055550136', '+15035550171']
const NUMBERS = [...CUSTOMERS.map(([, , number]) => number), ...STRANGERS]
const MENU_KEYS = ['1', '2', '3']

const HOUR_MS = 3600_000
const WAITS_MS = 45_000
const NEXT_AFTER_MS = 15_000

/** Enters the customers, and a week of calls with them. */
export async function furnish(api: Api, now: number): Promise<void> {
  for (const [i, [name, company, phone, subject]] of CUSTOMERS.entries()) {
    const { contact } = await api.call(createContact, { body: { name, company, phones: [phone] } })
    for (let days = 1; days <= 3; days++) {
      const startedAt = new Date(now - (days * 48 - i * 3) * HOUR_MS).toISOString()
      const direction = (i + days) % 3 === 0 ? 'outbound' : 'inbound'
      const body = {
        contactId: contact.id,
        direction,
        subject,
        startedAt,
        durationSeconds: 60 + 37 * i * days,
      } as const
      await api.call(logCall, { body })
    }
  }
}

/** Calls the main number, presses a key of its menu, and waits in line until somebody answers or patience ends. */
export async function ring(url: string, nth: number, waitMs: number, signal: AbortSignal): Promise<void> {
  const caller = {
    CallSid: `CAdemo${nth}`,
    From: NUMBERS[nth % NUMBERS.length]!,
    To: '+12025550100',
    Direction: 'inbound',
  }
  const say = async (path: string, more: Record<string, string>) => {
    const response = await fetch(`${url}/api/twilio/${path}`, {
      method: 'POST',
      body: new URLSearchParams({ ...caller, ...more }),
    })
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
  }
  await say('incoming-call', { CallStatus: 'ringing' })
  await say('ivr-input', { CallStatus: 'in-progress', Digits: MENU_KEYS[nth % MENU_KEYS.length]! })
  await pause(waitMs, signal)
  await say('call-status', { CallStatus: 'completed', CallDuration: String(Math.round(waitMs / 1000)) })
}

/** One caller after the other, until `signal` ends it. */
export async function keepRinging(url: string, signal: AbortSignal): Promise<void> {
  for (let nth = 0; !signal.aborted; nth++) {
    ring(url, nth, WAITS_MS, signal).catch(error => signal.aborted || console.error(error))
    await pause(NEXT_AFTER_MS, signal)
  }
}

/** Until the time is up, or somebody ends it. */
const pause = (ms: number, signal: AbortSignal): Promise<void> => sleep(ms, undefined, { signal }).catch(() => {})
