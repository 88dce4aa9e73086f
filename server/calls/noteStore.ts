import { v7 as newId } from 'uuid'
import { type Call, type Named, told } from '../../core/call.ts'
import type { Sql, Tx } from '../platform/db.ts'

export interface Note {
  id: string
  text: string
  author: string
  createdAt: string
  callId: string
}

/** Adds a note to a call, and thereby to its contact. */
export async function addNote(
  tx: Tx,
  call: Call,
  text: string,
  author: Named & { userId: string | null },
): Promise<Note> {
  const note: Note = { id: newId(), text, author: author.name, createdAt: tx.now, callId: call.id }
  await tx.query(
    `insert into call_notes (workspace_id, id, call_id, contact_id, author_id, author_name, text, created_at)
     values (current_workspace(), $1, $2, $3, $4, $5, $6, $7)`,
    [note.id, call.id, call.contact?.id ?? null, author.userId, author.name, text, note.createdAt],
  )
  tx.emit({
    type: 'call.note_added',
    call: told(call),
    note: { id: note.id, text },
    by: { id: author.id, name: author.name },
  })
  return note
}

/** Notes of a call or of a contact, oldest first. */
export async function listNotes(sql: Sql, of: { callId: string } | { contactId: string }): Promise<Note[]> {
  const [column, id] = 'callId' in of ? ['call_id', of.callId] : ['contact_id', of.contactId]
  const rows = await sql.query<{ id: string; text: string; author_name: string; created_at: Date; call_id: string }>(
    `select id, text, author_name, created_at, call_id from call_notes
     where workspace_id = current_workspace() and ${column} = $1 order by created_at, id limit 500`,
    [id],
  )
  return rows.map(row => ({
    id: row.id,
    text: row.text,
    author: row.author_name,
    createdAt: row.created_at.toISOString(),
    callId: row.call_id,
  }))
}
