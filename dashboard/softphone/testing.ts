import type { Softphone, SoftphoneLeg, SoftphoneState } from '../../client/softphone/softphone.ts'

export const aLeg = (given: Partial<SoftphoneLeg> = {}): SoftphoneLeg => ({
  leg: 'leg-1',
  callId: 'call-1',
  as: 'agent',
  connection: 'connected',
  via: 'udp',
  muted: false,
  quality: null,
  ...given,
})

export const aPhoneState = (given: Partial<SoftphoneState> = {}): SoftphoneState => ({
  registered: true,
  first: true,
  legs: [],
  microphone: null,
  silenced: false,
  ...given,
})

/** A softphone that does as it is told and writes down what that was. */
export interface FakeSoftphone extends Softphone {
  readonly asked: string[]
  become(given: Partial<SoftphoneState>): void
}

export function fakeSoftphone(given: Partial<SoftphoneState> = {}): FakeSoftphone {
  const asked: string[] = []
  const listeners = new Set<() => void>()
  let state = aPhoneState(given)
  const become = (next: Partial<SoftphoneState>) => {
    state = { ...state, ...next }
    for (const listener of listeners) listener()
  }
  return {
    asked,
    become,
    get state() {
      return state
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    beFirst() {
      asked.push('be first')
      become({ first: true })
    },
    mute(leg, muted) {
      asked.push(`${muted ? 'mute' : 'unmute'} ${leg}`)
      become({ legs: state.legs.map(each => (each.leg === leg ? { ...each, muted } : each)) })
    },
    digits: (leg, digits) => void asked.push(`digits ${leg} ${digits}`),
    hangUp: leg => void asked.push(`hang up ${leg}`),
    async chooseDevices(choice) {
      asked.push(`choose ${JSON.stringify(choice)}`)
    },
    async askForMicrophone() {
      asked.push('microphone')
      return state.microphone
    },
    stop: () => void asked.push('stop'),
  }
}
