import type { z } from 'zod'
import type { verifyAudit } from '../../client/contract.ts'
import type { Db } from '../platform/db.ts'
import { currentSeq } from '../platform/eventLog.ts'
import { hashOf, verifyStretch } from './auditStore.ts'

export type Verdict = z.output<(typeof verifyAudit)['answer']>

/** Entries in one statement: a second or so. */
const STRETCH = 10_000
const MAX_PROBLEMS = 100

/**
 * Goes through a workspace's whole log: whether a number is missing, an entry is not what its hash was made of, or the end
 * is gone. `anchor`: a head that was kept elsewhere; whoever writes the log anew from the start cannot get that right.
 */
export async function verifyLog(
  db: Db,
  workspaceId: string,
  anchor: { seq: number; hash: string } | null = null,
): Promise<Verdict> {
  const verdict: Verdict = { valid: false, entries: 0, redacted: 0, head: null, problems: [] }
  // What is written meanwhile is not looked for.
  const end = await db.inWorkspace(workspaceId, currentSeq)
  for (let [seq, hash] = [0, '']; seq < end; ) {
    const { last, entries, redacted, problems } = await db.inWorkspace(workspaceId, tx =>
      verifyStretch(tx, seq, hash, STRETCH),
    )
    verdict.entries += entries
    verdict.redacted += redacted
    verdict.problems.push(...problems)
    if (last === null) {
      verdict.problems.push({ seq: end, problem: 'missing' })
      break
    }
    verdict.head = last
    ;({ seq, hash } = last)
  }
  if (anchor !== null && (await db.inWorkspace(workspaceId, tx => hashOf(tx, anchor.seq))) !== anchor.hash) {
    verdict.problems.push({ seq: anchor.seq, problem: 'unlike-before' })
  }
  verdict.problems.splice(MAX_PROBLEMS)
  return { ...verdict, valid: verdict.problems.length === 0 }
}
