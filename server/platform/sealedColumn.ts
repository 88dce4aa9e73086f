/**
 * A column of envelopes ({@link Envelopes}). Whoever owns the table says here what is in it, and takes the purpose of
 * each envelope from here; `server/resealing` has them all, so that none is forgotten when the operator's key changes.
 */
export interface SealedColumn {
  /** What is in there, as an operator is told of it; several columns may hold the same. */
  what: string
  table: string
  column: string
}

/** Envelopes that stay for as long as nobody deletes them: they are sealed anew when the key changes. */
export interface LastingColumn extends SealedColumn {
  /** The column that tells a row from the others of its workspace. */
  row: string
  purpose(workspaceId: string, row: string): string
  /** Where the table says itself under which key each is, with an index on it: there may be very many. */
  keyIdColumn?: string
}

/** Envelopes that are of no use after a day at the latest: the old key is kept for as long. */
export interface PassingColumn extends SealedColumn {
  /** The column with the time from which on it is of no use. */
  until: string
}

/** In SQL, the id of the key that an envelope is sealed with (see {@link Envelopes} for its parts). */
export const keyIdOf = ({ column, keyIdColumn }: { column: string; keyIdColumn?: string }): string =>
  keyIdColumn ??
  `case when octet_length(${column}) > 2 then encode(substring(${column} from 3 for get_byte(${column}, 1)), 'escape') end`
