import type { Log } from './log.ts'

/**
 * What nobody has caught ends the process: what it has left half done in memory is worth less than what stands in the
 * database. It is said in the log, as every other error is: by itself Node.js would print all that hangs on it.
 */
export function endOnSurprise(log: Log): void {
  process.on('uncaughtException', error => {
    log.fatal({ err: error }, 'something that nobody has caught ends this process: start it anew')
    process.exit(1)
  })
}
