import * as contract from '../../client/contract.ts'
import type { NewCaller } from '../../react/CallerForm.tsx'
import { api } from '../api.ts'

/*
 * What people ask for a call. The answer comes back twice, as an answer and as an event: what is shown is the event's
 * doing, so that every screen agrees.
 */

export async function takeCall(callId: string): Promise<contract.Call> {
  return (await api.call(contract.takeCall, { params: { id: callId } })).call
}

export async function hangUpCall(callId: string): Promise<void> {
  await api.call(contract.hangUpCall, { params: { id: callId } })
}

export async function acceptOffer(offerId: string): Promise<void> {
  await api.call(contract.acceptOffer, { params: { id: offerId } })
}

export async function declineOffer(offerId: string): Promise<void> {
  await api.call(contract.declineOffer, { params: { id: offerId } })
}

export async function transferCall(callId: string, to: { queue: string } | { number: string }): Promise<void> {
  await api.call(contract.transferCall, { params: { id: callId }, body: to })
}

export async function choosePresence(presence: contract.Agent['presence']['status'], reason?: string): Promise<void> {
  await api.call(contract.setPresence, { body: { presence, ...(reason === undefined ? {} : { reason }) } })
}

export async function finishWrapUp(callId: string): Promise<void> {
  await api.call(contract.endWrapUp, { params: { id: callId } })
}

/** So much from now on. */
export async function extendWrapUp(callId: string, seconds: number): Promise<void> {
  await api.call(contract.extendWrapUp, { params: { id: callId }, body: { seconds } })
}

/** With null: it is none of the candidates. */
export async function settleCaller(callId: string, contactId: string | null): Promise<void> {
  await api.call(contract.settleCaller, { params: { id: callId }, body: { contactId } })
}

export async function createCaller(call: contract.Call, { name, email }: NewCaller): Promise<void> {
  const number = call.direction === 'inbound' ? call.from : call.to
  const { contact } = await api.call(contract.createContact, {
    body: { name, email, phones: number === null ? [] : [number] },
  })
  await settleCaller(call.id, contact.id)
}

export async function addNote(callId: string, text: string): Promise<void> {
  await api.call(contract.addNote, { params: { id: callId }, body: { text } })
}
