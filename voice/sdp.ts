/** What a browser sent is not an offer that can be answered. The message is for whoever wrote that client. */
export class BadOffer extends Error {}

/** One line of audio in an offer. */
export interface OfferedLine {
  mid: string
  /** `microphone`: it speaks, and may hear. `ear`: it only hears. `unused`: one too many. */
  use: 'microphone' | 'ear' | 'unused'
  hears: boolean
  /** Payload types. */
  opus: number
  telephoneEvent: number | null
}

export interface Offer {
  lines: OfferedLine[]
  /** The id of the header extension in which the microphone tells how loud it is. */
  levelExtension: number | null
  /** As it came, without the browser's addresses: it finds us, we never look for it. */
  sdp: string
}

/** Streams to one browser: five voices, what is played, and room for more. */
const MOST_EARS = 8
const LONGEST_OFFER = 64 * 1024
const LEVEL = 'urn:ietf:params:rtp-hdrext:ssrc-audio-level'

/** @throws BadOffer */
export function readOffer(text: string): Offer {
  if (text.length > LONGEST_OFFER) throw new BadOffer('The offer is too long.')
  const kept = text.split(/\r?\n/).filter(line => line !== '' && !/^a=(end-of-)?candidate/.test(line))
  const sections = kept.join('\n').split(/\n(?=m=)/)
  const session = sections.shift() ?? ''
  if (!session.startsWith('v=0') || session.includes('\nm=')) throw new BadOffer('This is not SDP.')
  if (sections.length === 0) throw new BadOffer('The offer has no audio.')
  for (const need of ['ice-ufrag', 'ice-pwd', 'fingerprint']) {
    if (!kept.some(line => line.startsWith(`a=${need}:`))) throw new BadOffer(`The offer has no a=${need}.`)
  }

  let microphone = false
  let ears = 0
  const lines = sections.map((section): OfferedLine => {
    const line = readLine(section)
    const speaks = !microphone && (line.direction === 'sendrecv' || line.direction === 'sendonly')
    const wantsToHear = line.direction === 'sendrecv' || line.direction === 'recvonly'
    const hears = wantsToHear && ears < MOST_EARS
    if (speaks) microphone = true
    if (hears) ears++
    const use = speaks ? 'microphone' : hears ? 'ear' : 'unused'
    return { mid: line.mid, use, hears, opus: line.opus, telephoneEvent: line.telephoneEvent }
  })
  if (!microphone) throw new BadOffer('No line of the offer sends a microphone.')
  if (ears === 0) throw new BadOffer('No line of the offer is to hear with.')
  if (new Set(lines.map(({ mid }) => mid)).size < lines.length)
    throw new BadOffer('Two lines of the offer have one mid.')
  const spoken = sections[lines.findIndex(({ use }) => use === 'microphone')]!
  return { lines, levelExtension: readLevelExtension(spoken), sdp: `${kept.join('\r\n')}\r\n` }
}

function readLine(section: string) {
  if (!section.startsWith('m=audio ')) throw new BadOffer('Every line of the offer must be audio.')
  const find = (pattern: RegExp): string | null => pattern.exec(section)?.[1] ?? null
  const mid = find(/^a=mid:(\S{1,64})$/m)
  const opus = find(/^a=rtpmap:(\d{1,3}) opus\/48000\b/im)
  const telephoneEvent = find(/^a=rtpmap:(\d{1,3}) telephone-event\/8000\b/im)
  if (!mid) throw new BadOffer('A line of the offer has no a=mid.')
  if (!opus || Number(opus) > 127) throw new BadOffer('A line of the offer has no Opus.')
  return {
    mid,
    direction: find(/^a=(sendrecv|sendonly|recvonly|inactive)$/m) ?? 'sendrecv',
    opus: Number(opus),
    telephoneEvent: telephoneEvent === null || Number(telephoneEvent) > 127 ? null : Number(telephoneEvent),
  }
}

function readLevelExtension(section: string): number | null {
  const id = new RegExp(`^a=extmap:(\\d{1,3})(?:/\\S+)? ${LEVEL}\\b`, 'm').exec(section)?.[1]
  return id === undefined || Number(id) < 1 || Number(id) > 255 ? null : Number(id)
}

/**
 * The answer as the browser gets it: with the addresses at which it reaches us, best first, instead of those found on this
 * machine; and asking for 20 ms in a packet and for the microphone's level.
 */
export function completeAnswer(answer: string, offer: Offer, addresses: readonly string[], port: number): string {
  const [session, ...sections] = answer
    .split(/\r?\n/)
    .filter(line => line !== '' && !/^a=(end-of-)?candidate|^a=ptime|^a=maxptime/.test(line))
    .join('\n')
    .split(/\n(?=m=)/)
  const candidates = addresses.map(
    (address, i) => `a=candidate:${i + 1} 1 UDP ${2_122_317_823 - i * 256} ${address} ${port} typ host`,
  )
  const complete = sections.map((section, i) => {
    // Else the address of this machine would stand there, which may be nobody's business.
    const lines = [section.replace(/^c=.*$/m, `c=IN IP4 0.0.0.0`)]
    // In every line: they share one transport, in which a payload type means one thing.
    lines.push('a=ptime:20')
    if (offer.lines[i]?.use === 'microphone' && offer.levelExtension !== null)
      lines.push(`a=extmap:${offer.levelExtension} ${LEVEL}`)
    // All lines share one transport: its addresses stand in the first.
    if (i === 0) lines.push(...candidates, 'a=end-of-candidates')
    return lines.join('\n')
  })
  return `${[session, ...complete].join('\n').replaceAll('\n', '\r\n')}\r\n`
}
