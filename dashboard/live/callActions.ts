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

/** Ids of a queue or an agent, or a number in any spelling. */
export type TransferAim = { queue: string } | { agent: string } | { number: string }

export async function transferCall(callId: string, to: TransferAim): Promise<void> {
  await api.call(contract.transferCall, { params: { id: callId }, body: to })
}

export async function placeCall(to: string): Promise<void> {
  await api.call(contract.placeCall, { body: { to } })
}

/*
 * What is asked of the conversation of a call whose audio is ours.
 */

export async function holdCall(callId: string, held: boolean): Promise<void> {
  await api.call(held ? contract.holdCall : contract.resumeCall, { params: { id: callId } })
}

export async function muteCall(callId: string, muted: boolean): Promise<void> {
  await api.call(muted ? contract.muteCall : contract.unmuteCall, { params: { id: callId } })
}

export async function pauseRecording(callId: string, paused: boolean): Promise<void> {
  await api.call(paused ? contract.pauseRecording : contract.recordCall, { params: { id: callId } })
}

export async function noteConsent(callId: string, given: boolean): Promise<void> {
  await api.call(contract.noteConsent, { params: { id: callId }, body: { given } })
}

export async function consult(callId: string, whom: { queue: string } | { agent: string }): Promise<void> {
  await api.call(contract.consult, { params: { id: callId }, body: whom })
}

/** All three speak; or agent and colleague in private again. */
export async function bringTogether(callId: string, all: boolean): Promise<void> {
  await api.call(all ? contract.mergeCall : contract.separateCall, { params: { id: callId } })
}

export async function handOver(callId: string): Promise<void> {
  await api.call(contract.completeTransfer, { params: { id: callId } })
}

export async function endConsultation(callId: string): Promise<void> {
  await api.call(contract.endConsultation, { params: { id: callId } })
}

/** With null: no longer. */
export async function supervise(
  callId: string,
  listening: contract.CallDetails['supervisors'][number]['listening'] | null,
): Promise<void> {
  await api.call(contract.superviseCall, { params: { id: callId }, body: { listening } })
}

export async function setDisposition(callId: string, disposition: string | null): Promise<void> {
  await api.call(contract.setDisposition, { params: { id: callId }, body: { disposition } })
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
