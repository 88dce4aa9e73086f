import { type Logger, pino, stdSerializers } from 'pino'
import { DatabaseUnavailable } from './outage.ts'

export type Log = Logger

/**
 * JSON lines on standard error; standard output is for what a person started the program for. Personal data never
 * stands in a message: what must be logged about a call or a contact is its id.
 */
export const createLog = (level: string, to: pino.DestinationStream = pino.destination(2)): Log =>
  pino({ level, base: null, serializers: { err: withoutContent }, hooks: { logMethod: sayOutagesOnce } }, to)

/** That the database cannot be used is said by whoever notices it first (`createOutage`): everything that waits for it need not. */
function sayOutagesOnce(this: Log, given: Parameters<pino.LogFn>, method: pino.LogFn, level: number): void {
  const [about] = given as unknown as [{ err?: unknown } | undefined]
  const isOutage = about?.err instanceof DatabaseUnavailable
  if (isOutage && level > this.levels.values.debug!) this.debug(...given)
  else method.apply(this, given)
}

/** What an error says of where it has happened. Whatever else libraries hang on it may be what somebody has written. */
const TELLING = ['code', 'status', 'severity', 'schema', 'table', 'column', 'constraint', 'routine', 'syscall'] as const

/**
 * An error, for the log: databases quote the row that they refuse, parsers the text that they cannot read, and clients hang
 * the whole request on it, with the key that it was sent with.
 */
function withoutContent(error: unknown): unknown {
  if (!(error instanceof Error)) return stdSerializers.err(error as Error)
  const fields = error as Error & Partial<Record<(typeof TELLING)[number], unknown>>
  const message = withoutQuotes(error)
  return {
    type: error.constructor.name,
    message,
    // Its first lines are the message once more.
    stack: error.stack?.slice(error.stack.search(/^\s+at /m)).trim(),
    ...Object.fromEntries(TELLING.flatMap(name => (isScalar(fields[name]) ? [[name, fields[name]]] : []))),
    ...(error.cause instanceof Error && { cause: withoutContent(error.cause) }),
  }
}

const isScalar = (value: unknown): boolean => ['string', 'number'].includes(typeof value)

/** Parsers quote what they were given, and so does the database about data that are none (class 22 of SQLSTATE). */
function withoutQuotes(error: Error): string {
  if (error instanceof SyntaxError) return error.message.replace(/, (\.\.\.)?".*/s, '')
  const { code, routine } = error as { code?: unknown; routine?: unknown }
  const isOfData = routine !== undefined && typeof code === 'string' && /^22/.test(code)
  return isOfData ? error.message.replace(/".*"/s, '"…"') : error.message
}
