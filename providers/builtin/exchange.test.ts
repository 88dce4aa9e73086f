import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Action, Prompt } from '../../core/action.ts'
import { alone, type Conversation, CUSTOMER, held, left, taken } from '../../core/conversation.ts'
import type { InputResult, LegSignal, Signal } from '../../core/signal.ts'
import type { Purpose } from '../provider.ts'
import { builtin } from './builtin.ts'
import { createExchange, type Exchange, type Rung } from './exchange.ts'
import type { Sound } from './line.ts'
import { PHONE } from './numberLeg.ts'
import { story } from './story.ts'
import { FakeEngine } from './testing.ts'

const ROOM = '0198a000-0000-7000-8000-000000000001'
const ANA = { id: 'ana', name: 'Ana' }
const AGENT = 'agent:ana'
const CALLER = { from: '+14155550190', to: '+12025550111', name: 'Alice' }

const say = (text: string): Prompt => ({ type: 'say', text, language: 'en-US' })
const music: Prompt = { type: 'play', media: 'hold-music', loop: 1 }
const gather = (digits: number, ...prompts: Prompt[]): Action => ({
  ...{ type: 'gather', prompts, digits, timeoutSeconds: 5, speech: null },
})
const record: Action = { type: 'record', maxSeconds: 60, silenceSeconds: 5 }
const bridge: Action = { type: 'bridge', to: { type: 'softphone', agentId: 'ana' }, callerId: null, ringSeconds: 20 }

/** A flow that answers what a test lays ready, script by script, and one call to it. */
class Center {
  readonly engine = new FakeEngine()
  readonly exchange: Exchange
  script: Action[] = []
  step = 1
  /** Reports fail as long as this is set. */
  isDown = false
  /** What is not taken up by the test yet. */
  private readonly heard: { purpose: Purpose; signals: Signal[] }[] = []
  readonly signals: LegSignal[] = []
  readonly pages: string[] = []
  /** What there is at the numbers that are called. */
  rung: Rung = 'ringing'
  missing: string[] = []
  private readonly making = new Map<string, Promise<void>>()
  readonly discarded: string[] = []
  readonly warnings: string[] = []

  constructor(...script: Action[]) {
    this.script = script
    this.exchange = createExchange({
      engine: this.engine,
      soundOf: async (_room, sound) => {
        const file = nameOf(sound)
        await this.making.get(file)
        if (this.missing.includes(file)) throw new Error('no such sound')
        return { file }
      },
      deliver: async (_room, webhook, purpose) => {
        if (this.isDown) throw new Error('the database is away')
        expect(builtin.verify(webhook, story.credentials)).toEqual({ valid: true })
        const { signals, wantsDocument } = builtin.parse(webhook, purpose)
        this.heard.push({ purpose, signals })
        this.signals.push(...signals.filter(signal => signal.type === 'leg'))
        const context = {
          mediaUrl: String,
          inputUrl: `builtin:/input?step=${this.step}`,
          recordingUrl: '',
          statusUrl: '',
        }
        return wantsDocument ? builtin.render(this.script, context) : null
      },
      secret: story.credentials.secret,
      recordingFile: (_room, id) => ({ file: `/recordings/${id}`, url: `file:${id}` }),
      discardRecording: (_room, id) => this.discarded.push(id),
      pages: {
        invite: (_room, leg) => this.pages.push(`invite ${leg}`),
        ring: async (_room, leg, { number }) => {
          this.pages.push(`ring ${leg} ${number}`)
          return this.rung
        },
        again: (_room, leg) => this.pages.push(`again ${leg}`),
        left: (_room, leg, departure) => this.pages.push(`left ${leg} ${departure}`),
        over: () => this.pages.push('over'),
      },
      warn: message => this.warnings.push(message),
    })
  }

  /** Somebody calls, and is connected. */
  static async ring(...script: Action[]): Promise<Center> {
    const center = new Center(...script)
    center.exchange.begin(ROOM, CALLER)
    await settle()
    await center.exchange.connect(ROOM, CUSTOMER, 'offer')
    await settle()
    center.reports()
    return center
  }

  /** This sound takes until what is given back is called. */
  slow(file: string): () => void {
    let made = () => {}
    this.making.set(file, new Promise(resolve => (made = resolve)))
    return () => made()
  }

  /** What the caller's flow says from now on, without telling. */
  next(...script: Action[]): void {
    this.script = script
    this.step += 1
  }
  /** The flow has gone on by itself, and tells. */
  async interrupt(...script: Action[]): Promise<void> {
    this.next(...script)
    await this.exchange.commands.ask({ providerCallId: ROOM }, `https://x/input?step=${this.step - 1}`)
    await settle()
  }
  async arrange(conversation: Conversation): Promise<Conversation> {
    await this.exchange.commands.arrange({ providerCallId: ROOM }, conversation)
    await settle()
    return conversation
  }
  /** Ana's page is there and its audio. */
  async connectAgent(): Promise<void> {
    this.exchange.attach(ROOM, AGENT)
    await this.exchange.connect(ROOM, AGENT, 'offer')
    await settle()
  }
  async press(digits: string): Promise<void> {
    this.exchange.digits(ROOM, CUSTOMER, digits)
    await settle()
  }
  /** What the caller hears is over. */
  async listen(): Promise<void> {
    this.engine.finishPlaying(ROOM)
    await settle()
  }
  async leave(leg = CUSTOMER): Promise<void> {
    this.exchange.leave(ROOM, leg)
    await settle()
  }
  hears = (leg = CUSTOMER) => this.engine.room(ROOM).playing.get(leg)?.files ?? []
  recordings = () => [...this.engine.room(ROOM).recordings.values()]

  /** What has been reported since it was asked last, in short. */
  reports(): string[] {
    return this.heard.splice(0).map(({ signals }) => signals.map(short).join(' + '))
  }
}

function short(signal: Signal): string {
  if (signal.type === 'leg') {
    const who = signal.providerLegId === ROOM ? 'customer' : signal.providerLegId.slice(ROOM.length + 1)
    return `${who} ${signal.status}${signal.endReason === null ? '' : ` (${signal.endReason})`}`
  }
  if (signal.type === 'input') return `${signal.step}: ${result(signal.result)}`
  return signal.type === 'recording' ? `${signal.of} ${signal.status}` : signal.type
}

function result(of: InputResult): string {
  if (of.type === 'digits') return of.digits
  if (of.type === 'dialled') return of.outcome
  return of.type === 'recorded' ? `recorded ${of.seconds} s` : of.type
}

const nameOf = (sound: Sound): string =>
  sound.type === 'say' ? sound.text : sound.type === 'play' ? `♪ ${sound.media}` : sound.tone

/** Everything that needs no time has happened. */
const settle = () => vi.advanceTimersByTimeAsync(0)
const pass = (seconds: number) => vi.advanceTimersByTimeAsync(seconds * 1000 + 2)

beforeEach(() => void vi.useFakeTimers({ now: Date.UTC(2026, 0, 5, 12) }))
afterEach(() => void vi.useRealTimers())

describe('a call comes in', () => {
  test('it rings, is asked for its script, and begins when it can be heard', async () => {
    const center = new Center(say('Hello.'), gather(1, say('Press one.')))
    center.exchange.begin(ROOM, CALLER)
    await settle()
    expect([center.reports(), center.hears()]).toEqual([['customer ringing'], []])
    await center.exchange.connect(ROOM, CUSTOMER, 'offer')
    await settle()
    expect([center.reports(), center.hears()]).toEqual([['customer in-progress'], ['Hello.']])
    await center.listen()
    expect(center.hears()).toEqual(['Press one.'])
  })

  test('who does not get a connection is given up', async () => {
    const center = new Center(say('Hello.'))
    center.exchange.begin(ROOM, CALLER)
    await pass(30)
    expect(center.reports()).toEqual(['customer ringing', 'customer ended (failed)'])
    expect(center.pages).toEqual(['left customer failed', 'over'])
    expect(center.exchange.size).toBe(0)
  })
})

describe('the script', () => {
  test('prompts one after the other as often as they say, and for ever', async () => {
    const center = await Center.ring(say('a'), { ...music, loop: 2 } as Action, { ...music, loop: 0 } as Action)
    expect(center.hears()).toEqual(['a', '♪ hold-music', '♪ hold-music'])
    await center.listen()
    expect(center.engine.room(ROOM).playing.get(CUSTOMER)).toMatchObject({ files: ['♪ hold-music'], times: 0 })
  })

  test('what is ready is heard while the rest is being made', async () => {
    const center = new Center(say('Hello.'), say('Your number?'), gather(4))
    const made = center.slow('Your number?')
    center.exchange.begin(ROOM, CALLER)
    await settle()
    await center.exchange.connect(ROOM, CUSTOMER, 'offer')
    await settle()
    expect(center.hears()).toEqual(['Hello.'])
    await center.listen()
    expect(center.hears()).toEqual([])
    made()
    await settle()
    expect(center.hears()).toEqual(['Your number?'])
    await center.listen()
    await center.press('1#')
    expect(center.reports().at(-1)).toBe('1: 1')
  })

  test('a sound that is missing is passed over, and the call goes on', async () => {
    const center = new Center(say('a'), say('b'), gather(1, say('c')))
    center.missing = ['a', 'c']
    center.exchange.begin(ROOM, CALLER)
    await settle()
    await center.exchange.connect(ROOM, CUSTOMER, 'offer')
    await settle()
    expect(center.hears()).toEqual(['b'])
    await center.listen()
    await pass(5)
    expect(center.reports().at(-1)).toBe('1: none')
    expect(center.warnings).toEqual(Array(3).fill('a sound is missing; the caller hears what comes after it'))
  })

  test('asks again, but never at once: nothing spins where nothing can be played', async () => {
    const center = new Center(music, { type: 'resume' })
    center.missing = ['♪ hold-music']
    center.exchange.begin(ROOM, CALLER)
    await settle()
    await center.exchange.connect(ROOM, CUSTOMER, 'offer')
    await pass(9.5)
    expect(center.reports().filter(each => each === '1: none')).toHaveLength(9)
  })

  test('hangs up', async () => {
    const center = await Center.ring(say('Bye.'), { type: 'hangUp' })
    await center.listen()
    expect(center.reports()).toEqual(['customer ended (completed)'])
    expect(center.pages).toEqual(['left customer dismissed', 'over'])
  })

  test('a number on the telephone network cannot be reached', async () => {
    const center = await Center.ring(gather(1))
    center.rung = 'absent'
    await center.interrupt({ ...bridge, to: { type: 'number', number: '+12025550199' } } as Action)
    await pass(1)
    expect(center.reports().slice(0, 4)).toEqual(['1: none', 'phone/1 ringing', 'phone/1 ended (failed)', '2: failed'])
  })

  test('at the number of another page: the two hear each other, and nobody else', async () => {
    const center = await Center.ring(gather(1))
    await center.interrupt({ ...bridge, to: { type: 'number', number: '+12025550199' } } as Action)
    expect(center.hears()).toEqual(['ringback'])
    center.exchange.attach(ROOM, PHONE)
    await center.exchange.connect(ROOM, PHONE, 'offer')
    await settle()
    expect(center.hears()).toEqual([])
    const pairs = [`${CUSTOMER} < ${PHONE}`, `${PHONE} < ${CUSTOMER}`]
    expect(center.engine.room(ROOM).pairs).toEqual(pairs)
    // What is told of those who have left changes nothing.
    await center.arrange(left(taken(alone(), ANA)))
    expect(center.engine.room(ROOM).pairs).toEqual(pairs)
    center.reports()
    center.next(say('Over.'))
    center.exchange.leave(ROOM, PHONE)
    await settle()
    expect(center.reports()).toEqual(['phone/1 ended (completed) + 2: answered'])
  })
})

describe('keys', () => {
  test('the first one cuts the prompts short', async () => {
    const center = await Center.ring(gather(1, say('Press one.')))
    center.next(say('Thanks.'))
    await center.press('1')
    expect([center.reports(), center.hears()]).toEqual([['1: 1'], ['Thanks.']])
  })

  test('several are waited for, and # ends them', async () => {
    const center = await Center.ring(gather(4, say('Your number?')))
    await center.press('1')
    expect(center.hears()).toEqual([])
    await pass(4)
    await center.press('2')
    await pass(4)
    expect(center.reports()).toEqual([])
    await center.press('#')
    expect(center.reports()).toEqual(['1: 12'])
  })

  test('what has been entered counts when no more comes', async () => {
    const center = await Center.ring(gather(4))
    await center.press('12')
    await pass(5)
    expect(center.reports()).toEqual(['1: 12'])
  })

  test('none in time is an answer too, counted from the end of the prompts', async () => {
    const center = await Center.ring(gather(1, say('Press one.')))
    await pass(60)
    expect(center.reports()).toEqual([])
    await center.listen()
    await pass(5)
    expect(center.reports()).toEqual(['1: none'])
  })

  test('pressed ahead they are kept while the script changes, each for the question it was meant for', async () => {
    const center = await Center.ring(say('Hello.'), gather(1, say('Press one.')))
    await center.press('12')
    expect(center.hears()).toEqual(['Hello.'])
    center.next(gather(1, say('Press two.')))
    await center.listen()
    expect(center.reports()).toEqual(['1: 1', '2: 2'])
  })

  test('pressed long ago they are not taken for an answer', async () => {
    const center = await Center.ring(music, { type: 'resume' })
    await center.press('1')
    await pass(11)
    center.next(gather(1, say('Shall we call you back? Press one.')))
    await center.listen()
    expect(center.hears()).toEqual(['Shall we call you back? Press one.'])
  })

  test('ten thousand of them do no harm', async () => {
    const center = await Center.ring(say('Hello.'), gather(5))
    await center.press('7'.repeat(10_000))
    center.next(gather(99))
    await center.listen()
    await pass(5)
    expect(center.reports()).toEqual(['1: 77777', `2: ${'7'.repeat(59)}`, `2: ${'none'}`].slice(0, 2))
  })

  test('# alone is a key like any other', async () => {
    const center = await Center.ring(gather(1, say('Press hash.')))
    await center.press('#')
    expect(center.reports()).toEqual(['1: #'])
  })

  test('also those that come with the audio, from the caller alone', async () => {
    const center = await Center.ring(gather(1))
    center.engine.say({ type: 'digit', room: ROOM, leg: AGENT, digit: '9' })
    center.engine.say({ type: 'digit', room: ROOM, leg: CUSTOMER, digit: '3' })
    await settle()
    expect(center.reports()).toEqual(['1: 3'])
  })
})

describe('the script changes meanwhile', () => {
  test('the present one is over, and nothing of it is reported any more', async () => {
    const center = await Center.ring(gather(1, say('Press one.')))
    const late = center.engine.room(ROOM).playing.get(CUSTOMER)!.id
    await center.interrupt(say('You are taken.'), { type: 'resume' })
    expect([center.reports(), center.hears()]).toEqual([['1: none'], ['You are taken.']])
    center.engine.say({ type: 'play.ended', room: ROOM, leg: CUSTOMER, id: late })
    await pass(20)
    expect(center.reports()).toEqual([])
  })

  test('what is played already is not fetched twice', async () => {
    const center = await Center.ring(gather(1))
    center.next(say('Two.'))
    await center.press('1')
    center.reports()
    await center.exchange.commands.ask({ providerCallId: ROOM }, 'https://x/input?step=1')
    await settle()
    expect([center.reports(), center.hears()]).toEqual([[], ['Two.']])
  })

  test('an answer that was on its way and is older than the change is not played', async () => {
    const center = await Center.ring(gather(1))
    center.isDown = true
    center.exchange.digits(ROOM, CUSTOMER, '1')
    await settle()
    await center.exchange.commands.ask({ providerCallId: ROOM }, 'https://x/input?step=2')
    center.next(say('Two.'))
    center.isDown = false
    center.engine.room(ROOM).playing.clear()
    await vi.advanceTimersByTimeAsync(200)
    expect(center.reports().slice(0, 2)).toEqual(['1: 1', '2: none'])
    center.next(say('Three.'))
    await pass(10)
    expect(center.exchange.size).toBe(1)
  })
})

describe('a message', () => {
  const atTheTone = async () => {
    const center = await Center.ring(say('After the tone.'), record)
    await center.listen()
    expect(center.hears()).toEqual(['beep'])
    await center.listen()
    expect(center.recordings()).toMatchObject([
      { channels: 'mono', lanes: { left: [CUSTOMER] }, limits: { maxSeconds: 60, silenceSeconds: 5 } },
    ])
    center.next(say('Thanks.'))
    return { center, id: center.recordings()[0]!.id }
  }

  test('ends with a key', async () => {
    const { center } = await atTheTone()
    await center.press('5')
    expect([center.reports(), center.hears()]).toEqual([['voicemail completed + 1: recorded 3 s'], ['Thanks.']])
  })

  test('ends by itself', async () => {
    const { center, id } = await atTheTone()
    center.engine.endRecording(ROOM, id, 'limit', 60_000)
    await settle()
    expect(center.reports()).toEqual(['voicemail completed + 1: recorded 60 s'])
  })

  test.each([
    ['silence is none', 'silence', 5000, 0],
    ['less than a second is none', 'stopped', 900, 900],
  ] as const)('%s', async (_name, reason, milliseconds, spoken) => {
    const { center, id } = await atTheTone()
    center.engine.endRecording(ROOM, id, reason, milliseconds, spoken)
    await settle()
    expect([center.reports(), center.discarded]).toEqual([['1: none'], [id]])
  })

  test('is kept of a caller who hangs up, and told together with the end', async () => {
    const { center } = await atTheTone()
    await center.leave()
    expect(center.reports()).toEqual(['1: recorded 3 s + voicemail completed + customer ended (completed)'])
    expect(center.pages.at(-1)).toBe('over')
  })

  test('is told of late where the script has changed', async () => {
    const { center } = await atTheTone()
    await center.interrupt(music, { type: 'resume' })
    expect(center.reports()).toEqual(['2: none', '1: recorded 3 s + voicemail completed'])
  })

  test('of which nothing is heard any more is none, in the end', async () => {
    const { center } = await atTheTone()
    center.engine.room(ROOM).recordings.clear()
    await center.leave()
    expect(center.reports()).toEqual([])
    await pass(5)
    expect(center.reports()).toEqual(['customer ended (completed)'])
  })
})

describe('an agent in the browser', () => {
  const talking = async (recording: Conversation['recording'] = 'off') => {
    const center = await Center.ring(music, { type: 'resume' })
    const conversation = await center.arrange(taken(alone(recording), ANA))
    await center.interrupt(bridge)
    await center.connectAgent()
    return { center, conversation }
  }

  test('is let in; the customer hears it ring, then the agent', async () => {
    const center = await Center.ring(music, { type: 'resume' })
    await center.arrange(taken(alone('off'), ANA))
    await center.interrupt(bridge)
    expect([center.pages, center.hears()]).toEqual([[`invite ${AGENT}`], ['ringback']])
    await center.connectAgent()
    expect(center.hears()).toEqual([])
    expect(center.engine.room(ROOM).pairs.toSorted()).toEqual([`${AGENT} < customer`, `customer < ${AGENT}`])
    expect(center.reports()).toEqual([`${AGENT}/1 ringing`, '1: none', `${AGENT}/1 in-progress`])
  })

  test('may be there before the script says so', async () => {
    const center = await Center.ring(music, { type: 'resume' })
    await center.arrange(taken(alone('off'), ANA))
    await center.connectAgent()
    await center.interrupt(bridge)
    expect(center.hears()).toEqual([])
  })

  test('hangs up: the conversation is over', async () => {
    const { center } = await talking()
    center.reports()
    center.next({ type: 'hangUp' })
    await center.leave(AGENT)
    expect(center.reports()).toEqual([`${AGENT}/1 ended (completed) + 2: answered`, 'customer ended (completed)'])
    expect(center.pages.slice(-3)).toEqual([`left ${AGENT} hung-up`, 'left customer dismissed', 'over'])
  })

  test('speaks with a caller who is being told something, and hangs up before that is over: they have talked', async () => {
    const center = await Center.ring(music, { type: 'resume' })
    await center.arrange(taken(alone('off'), ANA))
    await center.connectAgent()
    await center.leave(AGENT)
    await center.interrupt(bridge)
    center.reports()
    center.next({ type: 'hangUp' })
    await pass(2)
    expect(center.reports()).toEqual(['2: answered', 'customer ended (completed)'])
  })

  test('does not come: nobody has answered', async () => {
    const center = await Center.ring(music, { type: 'resume' })
    await center.arrange(taken(alone('off'), ANA))
    await center.interrupt(bridge)
    center.reports()
    center.next(say('Sorry.'))
    await pass(20)
    expect(center.reports()).toEqual([`${AGENT}/1 ended (no-answer) + 2: no-answer`])
    expect(center.hears()).toEqual(['Sorry.'])
  })

  test('declines', async () => {
    const center = await Center.ring(music, { type: 'resume' })
    await center.arrange(taken(alone('off'), ANA))
    await center.interrupt(bridge)
    center.reports()
    await center.leave(AGENT)
    expect(center.reports()[0]).toBe(`${AGENT}/1 ended (rejected) + 2: busy`)
  })

  test('is lost, and comes back in time', async () => {
    const { center } = await talking()
    center.reports()
    center.exchange.detach(ROOM, AGENT)
    await pass(14)
    await center.connectAgent()
    await pass(60)
    expect(center.reports()).toEqual([])
    expect(center.exchange.has(ROOM, AGENT)).toBe(true)
  })

  test('falls silent: the customer hears music if its page is gone too, until it is back', async () => {
    const center = await Center.ring(music, { type: 'resume' })
    await center.arrange(taken(alone('on'), ANA))
    await center.interrupt(bridge)
    await center.connectAgent()
    const fallSilent = () => center.engine.say({ type: 'leg.silent', room: ROOM, leg: AGENT })
    fallSilent()
    await settle()
    expect(center.hears()).toEqual([])
    center.engine.say({ type: 'leg.connected', room: ROOM, leg: AGENT })
    center.exchange.detach(ROOM, AGENT)
    await settle()
    expect(center.hears()).toEqual([])
    fallSilent()
    await settle()
    expect([center.hears(), center.hears(AGENT)]).toEqual([['♪ hold-music'], []])
    await center.connectAgent()
    expect(center.hears()).toEqual([])
  })

  test('is lost for good: the customer goes back in line, and may get the same agent again', async () => {
    const { center, conversation } = await talking()
    center.reports()
    center.next(music, { type: 'resume' })
    center.exchange.detach(ROOM, AGENT)
    await pass(15)
    expect(center.reports()).toEqual([`${AGENT}/1 ended (completed) + 2: failed`])
    const waiting = await center.arrange(left(conversation))
    await center.arrange(taken(waiting, ANA))
    await center.interrupt(bridge)
    await center.connectAgent()
    expect(center.reports()).toEqual([`${AGENT}/2 ringing`, '3: none', `${AGENT}/2 in-progress`])
  })

  test('who has left is not let in again by what was said before that was known', async () => {
    const { center, conversation } = await talking()
    await center.leave(AGENT)
    center.pages.length = 0
    await center.arrange(held(conversation, true))
    expect(center.pages).toEqual([])
  })

  test('holds: music and no voices; what is older changes nothing', async () => {
    const { center, conversation } = await talking()
    await center.arrange(held(conversation, true))
    expect([center.hears(), center.engine.room(ROOM).pairs]).toEqual([['♪ hold-music'], []])
    await center.arrange(conversation)
    expect(center.hears()).toEqual(['♪ hold-music'])
    await center.arrange(held(held(conversation, true), false))
    expect([center.hears(), center.engine.room(ROOM).pairs]).toMatchObject([[], { length: 2 }])
  })

  test('keys pressed in a conversation answer no later question', async () => {
    const { center } = await talking()
    await center.press('1')
    await center.interrupt(gather(1, say('Were you content?')))
    expect(center.hears()).toEqual(['Were you content?'])
  })

  test('is recorded in two channels from the moment both are there, and that is told', async () => {
    const { center, conversation } = await talking('on')
    expect(center.recordings()).toMatchObject([
      { channels: 'stereo', lanes: { left: [AGENT], right: [CUSTOMER] }, limits: null, paused: false },
    ])
    expect(center.reports().at(-1)).toBe('call in-progress')
    await center.arrange({ ...conversation, revision: 7, recording: 'paused' })
    expect(center.recordings()).toMatchObject([{ paused: true }])
    await center.leave()
    expect(center.reports()).toEqual([`${AGENT}/1 ended (completed) + customer ended (completed)`, 'call completed'])
    expect(center.pages.at(-1)).toBe('over')
  })
})

describe('lost and found', () => {
  test('a caller whose page is gone is given up after a while, and not before', async () => {
    const center = await Center.ring(gather(1, say('Press one.')))
    center.exchange.detach(ROOM, CUSTOMER)
    await pass(14)
    expect(center.reports()).toEqual([])
    await pass(1)
    expect(center.reports()).toEqual(['customer ended (completed)'])
  })

  test('the media process dies: everybody connects anew and hears what they heard', async () => {
    const center = await Center.ring(gather(1, say('Press one.')))
    center.engine.crash(ROOM)
    expect(center.pages).toEqual(['again customer'])
    center.engine.room(ROOM).playing.clear()
    await center.exchange.connect(ROOM, CUSTOMER, 'offer')
    await settle()
    expect(center.hears()).toEqual(['Press one.'])
    await center.press('1')
    expect(center.reports()).toEqual(['1: 1'])
  })

  test('in a conversation too, and the recording goes on', async () => {
    const center = await Center.ring(music, { type: 'resume' })
    await center.arrange(held(taken(alone('on'), ANA), true))
    await center.interrupt(bridge)
    await center.connectAgent()
    center.reports()
    center.engine.crash(ROOM)
    center.engine.room(ROOM).playing.clear()
    await center.exchange.connect(ROOM, CUSTOMER, 'offer')
    await center.connectAgent()
    expect(center.hears()).toEqual(['♪ hold-music'])
    expect([center.recordings().length, center.reports()]).toEqual([1, []])
  })

  test('a recording that cannot be written is told of as failed, and another begins after a while', async () => {
    const center = await Center.ring(music, { type: 'resume' })
    await center.arrange(taken(alone('on'), ANA))
    await center.interrupt(bridge)
    await center.connectAgent()
    center.reports()
    center.engine.endRecording(ROOM, center.recordings()[0]!.id, 'failed')
    await settle()
    expect([center.recordings().length, center.reports()]).toEqual([0, ['call absent']])
    await pass(50)
    expect(center.recordings()).toEqual([])
    await pass(10)
    expect([center.recordings().length, center.reports()]).toEqual([1, ['call in-progress']])
  })

  test('the server was restarted: who comes back is told what is to be heard now', async () => {
    const center = new Center(gather(1, say('Press one.')))
    center.exchange.adopt(ROOM, { sides: [{ leg: CUSTOMER, entry: 1 }], conversation: null, recordings: [] })
    await pass(25)
    expect(center.exchange.attach(ROOM, CUSTOMER)).toBe(true)
    await center.exchange.connect(ROOM, CUSTOMER, 'offer')
    await settle()
    expect([center.reports(), center.hears()]).toEqual([['customer in-progress'], ['Press one.']])
  })

  test('the server stops: what is being recorded is told of, and nothing else happens any more', async () => {
    const center = await Center.ring(music, { type: 'resume' })
    await center.arrange(taken(alone('on'), ANA))
    await center.interrupt(bridge)
    await center.connectAgent()
    center.reports()
    center.exchange.suspend()
    center.exchange.detach(ROOM, CUSTOMER)
    await pass(60)
    await center.exchange.idle()
    expect([center.reports(), center.recordings()]).toEqual([['call completed'], []])
    expect(center.exchange.size).toBe(1)
  })

  test('who does not is over', async () => {
    const center = new Center()
    const sides = [
      { leg: CUSTOMER, entry: 1 },
      { leg: AGENT, entry: 2 },
    ]
    const recordings = [{ id: 'half-written', milliseconds: 7000 }]
    center.exchange.adopt(ROOM, { sides, conversation: taken(alone('off'), ANA), recordings })
    await pass(30)
    expect(center.reports()).toEqual(['call completed', `${AGENT}/2 ended (completed) + customer ended (completed)`])
    expect(center.exchange.attach(ROOM, CUSTOMER)).toBe(false)
  })
})

describe('reports', () => {
  test('that cannot be taken are tried again, one after the other', async () => {
    const center = await Center.ring(gather(1))
    center.isDown = true
    await center.press('1')
    await center.leave()
    await pass(3)
    expect(center.reports()).toEqual([])
    center.isDown = false
    await pass(5)
    expect(center.reports()).toEqual(['1: 1', 'customer ended (completed)'])
  })

  test('nobody can take: the call is given up, and nothing waits for ever', async () => {
    const center = await Center.ring(gather(1))
    center.isDown = true
    await center.press('1')
    await pass(21 * 60)
    expect(center.exchange.size).toBe(0)
  })
})

describe('a call that we begin', () => {
  const CALL_ID = '0198a000-0000-7000-8000-00000000000c'
  const dial = async (...script: Action[]) => {
    const center = new Center(...script)
    const urls = { answer: `https://x/input?step=0&call=${CALL_ID}`, status: 'https://x/status' }
    const told = await center.exchange.commands.dial({ type: 'softphone', agentId: 'ana' }, '+12025550111', urls, 30)
    await settle()
    return { center, room: told.providerCallId! }
  }

  test('rings at the agent; who connects there is led on', async () => {
    const { center, room } = await dial(say('Sorry.'), { type: 'hangUp' })
    expect(center.pages).toEqual([`invite ${AGENT}`])
    expect(center.signals.at(-1)).toMatchObject({ callId: CALL_ID, direction: 'outbound', from: '+12025550111' })
    center.exchange.attach(room, AGENT)
    await center.exchange.connect(room, AGENT, 'offer')
    await settle()
    expect(center.engine.room(room).playing.get(AGENT)?.files).toEqual(['Sorry.'])
    center.engine.finishPlaying(room, AGENT)
    await settle()
    expect(center.signals.map(signal => [signal.type === 'leg' && signal.status, signal.providerLegId])).toEqual([
      ['ringing', room],
      ['in-progress', room],
      ['ended', room],
    ])
  })

  test('nobody comes', async () => {
    const { center } = await dial()
    await pass(30)
    expect(center.signals.at(-1)).toMatchObject({ status: 'ended', endReason: 'no-answer' })
  })

  describe('and leads the agent to a number', () => {
    const NUMBER = '+12025550199'
    const toNumber: Action = {
      ...{ type: 'bridge', to: { type: 'number', number: NUMBER }, callerId: '+12025550111', ringSeconds: 20 },
    }
    /** The agent is there, and a page rings; a moment after it is seen to. */
    const ring = async (rung: Rung = 'ringing') => {
      const { center, room } = await dial(toNumber)
      center.rung = rung
      await center.exchange.commands.arrange({ providerCallId: room }, taken(alone(), ANA))
      center.exchange.attach(room, AGENT)
      await center.exchange.connect(room, AGENT, 'offer')
      await settle()
      center.reports()
      // What comes of it leads on.
      center.next(say('Over.'))
      return { center, room }
    }
    const heardBy = ({ center, room }: { center: Center; room: string }, leg: string) =>
      center.engine.room(room).playing.get(leg)?.files
    const answer = async ({ center, room }: { center: Center; room: string }) => {
      expect(center.exchange.attach(room, CUSTOMER)).toBe(true)
      await center.exchange.connect(room, CUSTOMER, 'offer')
      await settle()
    }

    test('the agent hears it ring; who answers there is the customer', async () => {
      const call = await ring()
      expect(call.center.pages).toContain(`ring ${CUSTOMER} ${NUMBER}`)
      expect(heardBy(call, AGENT)).toEqual(['ringback'])
      await answer(call)
      expect(heardBy(call, AGENT)).toBeUndefined()
      expect(call.center.engine.room(call.room).pairs.toSorted()).toEqual([
        `${AGENT} < ${CUSTOMER}`,
        `${CUSTOMER} < ${AGENT}`,
      ])
      expect(call.center.signals.at(-1)).toMatchObject({
        ...{ providerLegId: `${call.room}/${CUSTOMER}/1`, party: 'agent', status: 'in-progress' },
      })
    })

    test('the customer hangs up: they have talked', async () => {
      const call = await ring()
      await answer(call)
      call.center.reports()
      call.center.exchange.leave(call.room, CUSTOMER)
      await settle()
      expect(call.center.reports()).toEqual(['customer/1 ended (completed) + 1: answered'])
    })

    test('the customer’s connection is lost for good: they have talked', async () => {
      const call = await ring()
      await answer(call)
      call.center.engine.say({ type: 'leg.lost', room: call.room, leg: CUSTOMER })
      call.center.reports()
      await pass(15)
      expect(call.center.reports()).toEqual(['customer/1 ended (completed) + 1: answered'])
    })

    test.each<[string, (call: Awaited<ReturnType<typeof ring>>) => unknown, string, string]>([
      ['would not', ({ center, room }) => center.exchange.leave(room, CUSTOMER), 'rejected', 'busy'],
      ['does not answer', () => pass(20), 'no-answer', 'no-answer'],
    ])('whoever is there %s', async (_who, happens, endReason, outcome) => {
      const call = await ring()
      await happens(call)
      await pass(1)
      expect(call.center.reports()).toEqual([`customer/1 ended (${endReason})`, `1: ${outcome}`])
      expect(call.center.exchange.attach(call.room, CUSTOMER)).toBe(false)
    })

    test.each<[Rung, string, string]>([
      ['busy', 'rejected', 'busy'],
      ['absent', 'failed', 'failed'],
    ])('whoever is there is %s: it is known at once, and leads on after a breath', async (rung, endReason, outcome) => {
      const { center } = await ring(rung)
      expect(center.signals.at(-1)).toMatchObject({ status: 'ended', endReason })
      expect(center.reports()).toEqual([])
      await pass(1)
      expect(center.reports()).toEqual([`1: ${outcome}`])
    })

    test('the agent hangs up: nobody is kept', async () => {
      const call = await ring()
      call.center.exchange.leave(call.room, AGENT)
      await settle()
      expect(call.center.pages).toContain(`left ${CUSTOMER} dismissed`)
      expect(call.center.exchange.size).toBe(0)
    })

    test('the flow leads elsewhere: whoever is there is let go', async () => {
      const call = await ring()
      await answer(call)
      await call.center.exchange.commands.ask({ providerCallId: call.room }, 'https://x/input?step=1')
      await settle()
      expect(call.center.pages).toContain(`left ${CUSTOMER} dismissed`)
      expect(heardBy(call, AGENT)).toEqual(['Over.'])
    })
  })

  test('an agent is dialled in the browser alone', async () => {
    const { commands } = new Center().exchange
    const urls = { answer: 'https://x', status: 'https://x' }
    expect(await commands.dial({ type: 'number', number: '+12025550199' }, '', urls, 30)).toMatchObject({ done: false })
  })
})

test('commands about a call that is over say so', async () => {
  const center = await Center.ring(gather(1))
  await center.exchange.commands.hangUp({ providerCallId: ROOM })
  await settle()
  for (const told of [
    await center.exchange.commands.hangUp({ providerCallId: ROOM }),
    await center.exchange.commands.ask({ providerCallId: ROOM }, 'https://x/input?step=1'),
  ])
    expect(told).toMatchObject({ done: false, gone: true })
})
