import { median, randomCaller, type Server, signedCall, table, Wire } from './support.ts'

const CONNECTIONS = 64
const REQUESTS = 10_000
const ROUNDS = 3

/** Signed webhooks as fast as the server takes them; each answered only when durable (except by the bare echo). */
export async function benchIntake(servers: { name: string; server: Server }[]): Promise<void> {
  console.log(
    `Sustained intake: signed webhooks about new calls over ${CONNECTIONS} connections, ${ROUNDS} rounds in turn.`,
  )
  const perSecond = new Map<string, number[]>()
  const perCpuSecond = new Map<string, number[]>()
  for (let round = 0; round < ROUNDS; round++) {
    for (const { name, server } of servers) {
      process.stderr.write(`  ${name}, round ${round + 1} …\n`)
      const { seconds, cpu } = await flood(server)
      perSecond.set(name, [...(perSecond.get(name) ?? []), REQUESTS / seconds])
      perCpuSecond.set(name, [...(perCpuSecond.get(name) ?? []), REQUESTS / cpu])
    }
  }
  const echo = median(perCpuSecond.get(servers[0]!.name)!)
  const insert = median(perCpuSecond.get(servers[1]!.name)!)
  const rows = [['', 'webhooks/s', 'per CPU second', 'of the echo', 'of echo and insert']]
  for (const { name } of servers) {
    const cpu = median(perCpuSecond.get(name)!)
    rows.push([
      name,
      median(perSecond.get(name)!).toFixed(0),
      cpu.toFixed(0),
      (cpu / echo).toFixed(2),
      (cpu / insert).toFixed(2),
    ])
  }
  table(rows)
}

async function flood(server: Server): Promise<{ seconds: number; cpu: number }> {
  const requests = Array.from({ length: REQUESTS }, () => signedCall(server.url, randomCaller()).request)
  const wires = await Promise.all(Array.from({ length: CONNECTIONS }, () => Wire.open(server.url)))
  const cpu = server.cpu()
  const began = performance.now()
  await Promise.all(
    wires.map(async wire => {
      for (let request = requests.pop(); request; request = requests.pop()) {
        const status = await wire.send(request)
        if (status !== 200) throw new Error(`a webhook was answered with ${status}`)
      }
    }),
  )
  const result = { seconds: (performance.now() - began) / 1000, cpu: server.cpu() - cpu }
  for (const wire of wires) wire.close()
  return result
}
