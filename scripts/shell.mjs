/**
 * Ends this process with the one that has begun it: npm tells the shell in which it runs us to end, and not every shell passes
 * that on before it does (dash).
 */
export function endWithParent() {
  const parent = process.ppid
  setInterval(() => process.ppid !== parent && process.kill(process.pid, 'SIGTERM'), 500).unref()
}
