import { type Logger, pino } from 'pino'

export type Log = Logger

/**
 * JSON lines on standard error; standard output is for what a person started the program for. Personal data never
 * stands in a message: what must be logged about a call or a contact is its id.
 */
export const createLog = (level: string): Log => pino({ level, base: null }, pino.destination(2))
