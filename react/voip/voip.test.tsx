// @vitest-environment happy-dom
import { act, type ReactNode } from 'react'
import { createRoot, type Root } from 'react-dom/client'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ApiError } from '../../client/api.ts'
import type { AvailableAgent, VoipCall, VoipEvent, VoipRecording } from '../../client/contract.ts'
import type { LineCall, VoipLine, VoipLineState } from '../../client/voip/voipLine.ts'
import { Button } from '../Button.tsx'
import { AgentSelector } from './AgentSelector.tsx'
import { CallButton } from './CallButton.tsx'
import { CallManager } from './CallManager.tsx'
import { RingsideVoip } from './RingsideVoip.tsx'
import { useCallEvents } from './useCallEvents.ts'

const CALL: VoipCall = {
  id: '1',
  fromUserId: 'p1',
  toUserId: 'p2',
  fromUserType: 'PORTAL_CUSTOMER',
  toUserType: 'CRM_USER',
  fromName: 'Carla Customer',
  toName: 'Ana Agent',
  fromSupabaseUserId: 'carla',
  toSupabaseUserId: 'ana',
  roomName: 'call-1',
  startedAt: '2026-03-01T10:00:00.000Z',
  answeredAt: null,
  endedAt: null,
  duration: null,
  status: 'RINGING',
}
const TALKING: LineCall = {
  call: { ...CALL, status: 'IN_PROGRESS', answeredAt: '2026-03-01T10:00:05.000Z' },
  as: 'callee',
  audio: { connection: 'connected', muted: false, microphone: null, silenced: false, out: null },
  recording: null,
}

/** A line on which happens what the test says. */
function aLine() {
  const listeners = new Set<() => void>()
  const eventListeners = new Set<(event: VoipEvent) => void>()
  let state: VoipLineState = { connection: 'live', call: null, ended: null }
  const agents: AvailableAgent[] = []
  const line = {
    get state() {
      return state
    },
    subscribe(listener: () => void) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    onEvent(listener: (event: VoipEvent) => void) {
      eventListeners.add(listener)
      return () => void eventListeners.delete(listener)
    },
    api: { call: vi.fn(async () => [...agents]) } as never as VoipLine['api'],
    call: vi.fn(async () => {}),
    accept: vi.fn(async () => {}),
    decline: vi.fn(async () => {}),
    hangUp: vi.fn(async () => {}),
    mute: vi.fn(),
    answerRecording: vi.fn(async () => {}),
    close: vi.fn(),
  } satisfies VoipLine
  return {
    line,
    agents,
    becomes: (next: Partial<VoipLineState>) =>
      act(() => {
        state = { ...state, ...next }
        for (const listener of listeners) listener()
      }),
    tells: (event: VoipEvent) => act(() => eventListeners.forEach(listener => void listener(event))),
  }
}

let root: Root
let fake: ReturnType<typeof aLine>
beforeEach(() => {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })
  document.body.innerHTML = '<div id="root"></div>'
  root = createRoot(document.getElementById('root')!)
  fake = aLine()
})
afterEach(() => act(() => root.unmount()))

const show = (node: ReactNode, locale = 'en') =>
  act(() =>
    root.render(
      <RingsideVoip getToken={() => 'token'} locale={locale} open={() => fake.line}>
        {node}
      </RingsideVoip>,
    ),
  )
const button = (name: string) => {
  const named = (each: HTMLButtonElement) => each.getAttribute('aria-label') ?? each.textContent
  const found = [...document.querySelectorAll('button')].find(each => named(each)?.startsWith(name))
  if (!found) throw new Error(`no button ${name}`)
  return found
}
const press = (name: string) => act(async () => button(name).click())
const words = () => document.body.textContent ?? ''

describe('the button that calls somebody', () => {
  test('calls them, and says what went wrong', async () => {
    await show(<CallButton supabaseUserId="carla" userName="Carla Customer" variant="outline" size="sm" />)
    expect(button('Call Carla Customer').dataset).toMatchObject({ look: 'secondary', size: 'sm' })
    fake.line.call.mockRejectedValueOnce(new ApiError(409, 'callee_busy', 'Carla is on another call.'))
    await press('Call Carla')
    expect(fake.line.call).toHaveBeenCalledWith('carla', undefined)
    expect(document.querySelector('[role=alert]')?.textContent).toBe('Carla is on another call.')
  })

  test('is quiet during a call, and named where it is only a picture', async () => {
    await show(<CallButton supabaseUserId="carla" userName="Carla" size="icon" />)
    expect(button('Call Carla').disabled).toBe(false)
    await fake.becomes({ call: TALKING })
    expect(button('Call Carla').disabled).toBe(true)
  })

  test('stands in a provider, or says so', () => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => {})
    expect(() => act(() => root.render(<CallButton supabaseUserId="a" userName="A" />))).toThrow('<RingsideVoip')
    error.mockRestore()
  })
})

describe('choosing an agent', () => {
  const ANA = { supabaseUserId: 'ana', firstName: 'Ana', lastName: 'Agent', email: 'ana@example.com', role: 'ADMIN' }

  test('asks who is there when it is opened, and calls who is chosen', async () => {
    fake.agents.push(ANA)
    await show(<AgentSelector variant="default" size="default" />)
    expect(fake.line.api.call).not.toHaveBeenCalled()
    await press('Call an agent')
    await press('Ana Agent')
    expect(fake.line.call).toHaveBeenCalledWith('ana', undefined)
    expect(document.querySelector('dialog')?.open).toBe(false)
  })

  test('looks again when the chosen one has become busy', async () => {
    fake.agents.push(ANA)
    await show(<AgentSelector />)
    await press('Call an agent')
    fake.line.call.mockRejectedValueOnce(new ApiError(409, 'callee_busy', 'Ana is on another call.'))
    fake.agents.length = 0
    await press('Ana Agent')
    expect(words()).toContain('Ana is on another call.')
    expect(words()).toContain('No agents available just now.')
  })

  test('opens with a button of the page’s own', async () => {
    await show(
      <AgentSelector>
        <Button>Need Help?</Button>
      </AgentSelector>,
    )
    expect(button('Need Help?').getAttribute('aria-haspopup')).toBe('dialog')
    await press('Need Help?')
    expect(document.querySelector('dialog')?.open).toBe(true)
  })
})

describe('the manager of calls', () => {
  test('rings in a dialog, and is answered or declined there', async () => {
    await show(<CallManager />)
    expect(document.querySelector('dialog')).toBeNull()
    await fake.becomes({ call: { call: CALL, as: 'callee', audio: null, recording: null } })
    const dialog = document.querySelector('dialog')!
    expect([dialog.open, dialog.getAttribute('role')]).toEqual([true, 'alertdialog'])
    expect(document.getElementById(dialog.getAttribute('aria-labelledby')!)?.textContent).toBe(
      'Carla Customer is calling',
    )
    await press('Decline')
    expect(fake.line.decline).toHaveBeenCalledOnce()
    fake.line.accept.mockRejectedValueOnce(new ApiError(409, 'call_over', 'This call is over.'))
    await press('Accept')
    expect(words()).toContain('This call is over.')
  })

  test('is not closed by a key that closes things', async () => {
    await show(<CallManager />)
    await fake.becomes({ call: { call: CALL, as: 'callee', audio: null, recording: null } })
    const cancel = new Event('cancel', { cancelable: true })
    act(() => void document.querySelector('dialog')!.dispatchEvent(cancel))
    expect(cancel.defaultPrevented).toBe(true)
  })

  test('shows the call, mutes and hangs up', async () => {
    await show(<CallManager />)
    await fake.becomes({ call: TALKING })
    expect(document.querySelector('section')?.getAttribute('aria-label')).toBe('Call with Carla Customer')
    expect(document.querySelector('time')).not.toBeNull()
    await press('Mute')
    expect(fake.line.mute).toHaveBeenCalledWith(true)
    await fake.becomes({ call: { ...TALKING, audio: { ...TALKING.audio!, muted: true } } })
    expect(button('Mute').getAttribute('aria-pressed')).toBe('true')
    await press('Hang up')
    expect(fake.line.hangUp).toHaveBeenCalledOnce()
  })

  test.each([
    [{ microphone: 'refused' as const }, 'allow the microphone'],
    [{ connection: 'reconnecting' as const }, 'Reconnecting'],
    [{ silenced: true }, 'Click anywhere'],
    [{ out: 'refused' as const }, 'could not enter'],
  ])('says in words what is wrong: %j', async (audio, expected) => {
    await show(<CallManager />)
    await fake.becomes({ call: { ...TALKING, audio: { ...TALKING.audio!, ...audio } } })
    expect(words()).toContain(expected)
  })

  test('says how it ended, in whatever language, for a moment', async () => {
    vi.useFakeTimers()
    await show(<CallManager />, 'es')
    await fake.becomes({ ended: { ...CALL, status: 'DECLINED', duration: 0 } })
    expect(document.querySelector('[role=status]')?.textContent).toBe('Rechazada')
    await act(() => vi.advanceTimersByTimeAsync(6000))
    expect(words()).toBe('')
    await fake.becomes({ ended: { ...CALL, roomName: 'call-2', status: 'COMPLETED', duration: 65 } })
    expect(words()).toBe('Llamada terminada · 1:05')
    vi.useRealTimers()
  })
})

describe('what is shown of recording', () => {
  const TOLD: VoipRecording = {
    mode: 'announce',
    yours: true,
    words: { 'en-US': 'This call may be recorded.', 'es-ES': 'Esta llamada puede ser grabada.' },
    said: null,
    choices: ['shown'],
  }
  const ASKED: VoipRecording = {
    ...TOLD,
    mode: 'ask',
    words: { 'en-US': 'May this call be recorded?' },
    choices: ['allow', 'decline'],
  }
  const on = async (recording: VoipRecording, locale = 'en') => {
    await show(<CallManager />, locale)
    await fake.becomes({ call: { ...TALKING, recording } })
  }
  const notice = () => document.querySelector('.ringside-notice')!

  test('the customer’s page shows it, and tells that it does until the server knows', async () => {
    vi.useFakeTimers()
    fake.line.answerRecording.mockRejectedValueOnce(new ApiError(0, 'unreachable', 'no'))
    await on(TOLD, 'es-MX')
    expect(notice().textContent).toBe('Esta llamada puede ser grabada.')
    const status = notice().querySelector<HTMLElement>('[role=status]')!
    expect([notice().getAttribute('aria-labelledby'), status.lang]).toEqual([status.id, 'es-ES'])
    await act(() => vi.advanceTimersByTimeAsync(2500))
    expect(fake.line.answerRecording.mock.calls).toEqual([
      ['shown', 'es-ES'],
      ['shown', 'es-ES'],
    ])
    await fake.becomes({ call: { ...TALKING, recording: { ...TOLD, said: 'shown', choices: [] } } })
    await act(() => vi.advanceTimersByTimeAsync(10_000))
    expect(fake.line.answerRecording).toHaveBeenCalledTimes(2)
    expect(notice().textContent).toBe('Esta llamada puede ser grabada.')
    vi.useRealTimers()
  })

  test('nobody is told by a page that nobody sees', async () => {
    const hidden = vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('hidden')
    await on(TOLD)
    expect(fake.line.answerRecording).not.toHaveBeenCalled()
    hidden.mockRestore()
  })

  test('the other’s page shows the same words, and tells nothing', async () => {
    await on({ ...TOLD, yours: false, choices: [] })
    expect(notice().textContent).toBe('This call may be recorded.')
    expect(fake.line.answerRecording).not.toHaveBeenCalled()
    expect(notice().querySelector('button')).toBeNull()
  })

  test('a page that rings shows and tells nothing yet', async () => {
    await show(<CallManager />)
    await fake.becomes({ call: { call: CALL, as: 'callee', audio: null, recording: TOLD } })
    expect(fake.line.answerRecording).not.toHaveBeenCalled()
  })

  test('who is told may say no, where there is a way out', async () => {
    await on({ ...TOLD, said: 'shown', choices: ['decline'] })
    await press('Don’t record')
    expect(fake.line.answerRecording).toHaveBeenLastCalledWith('decline', 'en-US')
    await fake.becomes({ call: { ...TALKING, recording: { ...TOLD, said: 'decline', choices: [] } } })
    expect(notice().textContent).toBe('This call is not recorded.')
    expect(document.activeElement).toBe(notice())
  })

  test('who is asked says yes or no, and is told what came of it', async () => {
    await on(ASKED)
    expect(fake.line.answerRecording).not.toHaveBeenCalled()
    expect(words()).toContain('May this call be recorded?')
    fake.line.answerRecording.mockRejectedValueOnce(new ApiError(0, 'unreachable', 'Not reached.'))
    await press('Allow')
    expect(words()).toContain('Not reached.')
    await press('Allow')
    expect(fake.line.answerRecording).toHaveBeenLastCalledWith('allow', 'en-US')
    await fake.becomes({ call: { ...TALKING, recording: { ...ASKED, said: 'allow', choices: ['decline'] } } })
    expect(words()).toContain('You allow it: this call is recorded.')
    expect(() => button('Allow')).toThrow()
    await press('Don’t record')
    expect(fake.line.answerRecording).toHaveBeenLastCalledWith('decline', 'en-US')
  })

  test.each([
    [null, 'Carla Customer is asked whether this call may be recorded.'],
    ['allow', 'Carla Customer allows it: this call is recorded.'],
    ['decline', 'Carla Customer does not want it: this call is not recorded.'],
  ] as const)('the other sees what the customer says: %s', async (answer, expected) => {
    await on({ ...ASKED, yours: false, said: answer, choices: [] })
    expect(notice().textContent).toBe(expected)
  })
})

test('everything that happens is told to whoever listens, and the line ends with the page', async () => {
  const heard = vi.fn()
  const Listener = () => {
    useCallEvents(heard)
    return null
  }
  await show(<Listener />)
  await fake.tells({ type: 'call-ended', call: CALL })
  expect(heard).toHaveBeenCalledWith({ type: 'call-ended', call: CALL })
  act(() => root.render(null))
  expect(fake.line.close).toHaveBeenCalledOnce()
})
