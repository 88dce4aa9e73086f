/**
 * What is going to happen, by time; of two at the same time, the one entered first. Entries are plain columns of
 * numbers, because millions of them pass through. Nothing is ever taken out: who reads an entry checks whether it still
 * matters.
 */
export class Calendar {
  /** Of the entry that {@link next} has just read. */
  time = 0
  kind = 0
  subject = 0

  private readonly times: number[] = []
  private readonly orders: number[] = []
  private readonly kinds: number[] = []
  private readonly subjects: number[] = []
  private entered = 0

  enter(time: number, kind: number, subject: number): void {
    const { times, orders, kinds, subjects } = this
    const order = this.entered++
    let at = times.length
    times.push(time)
    orders.push(order)
    kinds.push(kind)
    subjects.push(subject)
    while (at > 0) {
      const above = (at - 1) >> 1
      if (times[above]! <= time) break
      this.move(above, at)
      at = above
    }
    times[at] = time
    orders[at] = order
    kinds[at] = kind
    subjects[at] = subject
  }

  /** Reads and removes the earliest entry; false: there is none. */
  next(): boolean {
    const { times, orders, kinds, subjects } = this
    if (times.length === 0) return false
    this.time = times[0]!
    this.kind = kinds[0]!
    this.subject = subjects[0]!
    const time = times.pop()!
    const order = orders.pop()!
    const kind = kinds.pop()!
    const subject = subjects.pop()!
    const { length } = times
    if (length === 0) return true
    let at = 0
    for (;;) {
      let below = 2 * at + 1
      if (below >= length) break
      if (below + 1 < length && this.isBefore(below + 1, times[below]!, orders[below]!)) below++
      if (!this.isBefore(below, time, order)) break
      this.move(below, at)
      at = below
    }
    times[at] = time
    orders[at] = order
    kinds[at] = kind
    subjects[at] = subject
    return true
  }

  private isBefore(at: number, time: number, order: number): boolean {
    return this.times[at]! < time || (this.times[at] === time && this.orders[at]! < order)
  }

  private move(from: number, to: number): void {
    this.times[to] = this.times[from]!
    this.orders[to] = this.orders[from]!
    this.kinds[to] = this.kinds[from]!
    this.subjects[to] = this.subjects[from]!
  }
}
