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
