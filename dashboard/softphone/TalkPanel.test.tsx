// @vitest-environment happy-dom
import { act } from 'react'
import { createRoot, type Root } from 'react-dom/client'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Call } from '../../client/contract.ts'
import { ANA, aCall, aConversation, aParty, BEN } from '../../react/testing.ts'
import { type Session, SessionContext } from '../session/session.tsx'
import { useTalk } from './useTalk.ts'

vi.mock('../live/callActions.ts', { spy: true })
vi.mock('../api.ts', () => ({ api: { call: vi.fn(async () => ({})) }, queryClient: {} }))
const actions = await import('../live/callActions.ts')
const { SoftphoneProvider } = await import('./Softphone.tsx')
const { TalkPanel } = await import('./TalkPanel.tsx')
const { aLeg, fakeSoftphone } = await import('./testing.ts')

let root: Root
let phone: ReturnType<typeof fakeSoftphone>

function Page({ call }: { call: Call }) {
  const talk = useTalk(call)
  return talk && <TalkPanel call={call} talk={talk} />
}
const open = () => Promise.resolve(phone)
const session = { agentId: ANA.id, may: () => false } as unknown as Session
const talking = (given: Parameters<typeof aConversation>[0] = {}) =>
  act(async () =>
    root.render(
      <SessionContext value={session}>
        <SoftphoneProvider open={open}>
          <Page call={aCall({ agent: ANA, status: 'in-progress', conversation: aConversation(given) })} />
        </SoftphoneProvider>
      </SessionContext>,
    ),
  )
const button = (name: string) =>
  [...document.querySelectorAll('button')].find(({ textContent }) => textContent?.replace(/[A-Z]$/, '') === name)
const press = (name: string) => act(async () => button(name)!.click())
const names = () =>
  [...document.querySelectorAll('button')].map(({ textContent }) => textContent?.replace(/[A-Z]$/, ''))

beforeEach(() => {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })
  vi.clearAllMocks()
  document.body.innerHTML = '<div id="root"></div>'
  root = createRoot(document.getElementById('root')!)
  phone = fakeSoftphone({ legs: [aLeg()] })
})
afterEach(() => act(async () => root.unmount()))

test('muting is done here and told to the others', async () => {
  await talking()
  await press('Mute')
  expect(phone.asked).toEqual(['mute leg-1'])
  expect(actions.muteCall).toHaveBeenCalledWith('call-1', true)
  expect(button('Unmute')).toBeDefined()
})

test('who cannot be told that one is mute is told so, and one is mute all the same', async () => {
  await talking()
  vi.mocked(actions.muteCall).mockRejectedValueOnce(new Error('The server cannot be reached.'))
  await press('Mute')
  expect(document.querySelector('[role=alert]')?.textContent).toBe('The server cannot be reached.')
  expect(button('Unmute')).toBeDefined()
})

test('what is refused is taken back, and why is said', async () => {
  await talking()
  vi.mocked(actions.holdCall).mockRejectedValueOnce(new Error('This call is not yours.'))
  await press('Hold')
  expect(document.querySelector('[role=alert]')?.textContent).toBe('This call is not yours.')
  expect(button('Hold')).toBeDefined()
})

test('every button has its place: with a recording one more, during a question no hold and no transfer', async () => {
  await talking()
  expect(names()).toEqual(['Hold', 'Mute', 'Keypad', 'Transfer', 'Hang up', 'Yes', 'No'])
  await talking({ recording: 'on' })
  expect(names()).toEqual(['Hold', 'Mute', 'Keypad', 'Transfer', 'Pause recording', 'Hang up', 'Yes', 'No'])
  const asked = { type: 'agent' as const, ...BEN }
  await talking({ consultation: { asked, state: 'asking' } })
  expect(names()).toEqual(['Hold', 'Mute', 'Keypad', 'Transfer', 'Hang up', 'Yes', 'No', 'Cancel'])
  expect([button('Hold')!.disabled, button('Transfer')!.disabled]).toEqual([true, true])
})

test('what the customer says about recording is shown as pressed at once, and taken back when it is refused', async () => {
  await talking()
  vi.mocked(actions.noteConsent).mockRejectedValueOnce(new Error('This call is over.'))
  await press('No')
  expect(actions.noteConsent).toHaveBeenCalledWith('call-1', false)
  expect(document.querySelector('[role=alert]')?.textContent).toBe('This call is over.')
  expect(button('No')!.getAttribute('aria-pressed')).toBe('false')
  await press('No')
  expect(button('No')!.getAttribute('aria-pressed')).toBe('true')
})

test('who is asked can mute and leave, and decides nothing', async () => {
  await talking({
    parties: [aParty('customer'), aParty('agent', BEN), aParty('consultant', ANA)],
    consultation: { asked: { type: 'agent', ...ANA }, state: 'private' },
  })
  expect(names()).toEqual(['Mute', 'Leave'])
  expect(document.body.textContent).toContain('Ben asks you in private.')
})

test('on sign-out the softphone is stopped', async () => {
  await talking()
  await act(async () => root.render(null))
  expect(phone.asked).toEqual(['stop'])
})
