import { z } from 'zod'
import type { FromBrowser } from '../../client/voice/protocol.ts'

const MAX_DIGITS = 32
const MAX_TEXT = 200

const leg = z.string().max(MAX_TEXT)
const text = z.string().max(MAX_TEXT)
const figure = z.number().min(0).max(1_000_000)

const Message = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('call'),
    to: text,
    from: text.nullable(),
    name: text.nullable(),
    language: text.nullable(),
  }),
  z.object({ type: z.literal('resume'), ticket: z.string().max(500) }),
  z.object({ type: z.literal('reachable'), ticket: z.string().max(500) }),
  z.object({ type: z.literal('answer'), ring: leg }),
  z.object({ type: z.literal('decline'), ring: leg }),
  z.object({ type: z.literal('desk') }),
  z.object({ type: z.literal('beFirst') }),
  z.object({ type: z.literal('try') }),
  z.object({ type: z.literal('enter'), token: z.string().max(4000) }),
  z.object({ type: z.literal('offer'), leg, sdp: z.string() }),
  z.object({ type: z.literal('frames'), leg }),
  z.object({
    type: z.literal('digits'),
    leg,
    digits: z
      .string()
      .regex(/^[0-9*#A-D]+$/)
      .max(MAX_DIGITS),
  }),
  z.object({ type: z.literal('callMeBack'), leg }),
  z.object({ type: z.literal('hangUp'), leg }),
  z.object({
    type: z.literal('quality'),
    leg,
    lossPercent: figure,
    jitterMs: figure,
    roundTripMs: figure.nullable(),
  }),
  z.object({ type: z.literal('ping') }),
]) satisfies z.ZodType<FromBrowser>

/** What a page said; null for what no page of ours says. */
export function readMessage(data: string): FromBrowser | null {
  try {
    return Message.parse(JSON.parse(data))
  } catch {
    return null
  }
}
