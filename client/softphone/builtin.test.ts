import { vi } from 'vitest'
import type { FromBrowser } from '../voice/protocol.ts'
import { FakePeer, FakeSocket, fakeComputer, newTab } from '../voice/testing.ts'
import { openBuiltinSoftphone } from './builtin.ts'
import { type Center, softphoneConformance } from './conformance.ts'

interface Line {
  page: FakeSocket | null
  peer: FakePeer | null
  digits: string
  over: boolean
}

/** Our exchange as a page sees it, by the words of its protocol. */
function startCenter(): Center {
  const computer = fakeComputer()
  const lines = new Map<string, Line>()
  const pages = new Set<FakeSocket>()
  let first: FakeSocket | null = null

  function makeFirst(page: FakeSocket | null): void {
    const before = first
    first = page
    if (before !== page && before !== null && !before.closed) before.says({ type: 'first', first: false })
    page?.says({ type: 'first', first: true })
    if (page !== null) for (const [callId, line] of lines) if (line.page === null) give(callId, page)
  }

  function give(callId: string, page: FakeSocket): void {
    const line = lines.get(callId)
    if (line === undefined || line.over) return
    line.page = page
    page.says({ type: 'leg', leg: `leg-${callId}`, ticket: callId, callId, as: 'agent' })
  }

  function end(callId: string): void {
    const line = lines.get(callId)!
    line.over = true
    line.page?.says({ type: 'ended', leg: `leg-${callId}`, reason: 'hung-up' })
  }

  function take(page: FakeSocket, message: FromBrowser): void {
    const callId = 'leg' in message ? message.leg.slice('leg-'.length) : ''
    switch (message.type) {
      case 'desk':
        pages.add(page)
        if (first === null) makeFirst(page)
        else page.says({ type: 'first', first: false })
        return
      case 'beFirst':
        makeFirst(page)
        return
      case 'resume':
        give(message.ticket, page)
        return
      case 'offer': {
        const peer = FakePeer.all[Number(message.sdp.slice('offer '.length))]!
        lines.get(callId)!.peer = peer
        page.says({ type: 'answer', leg: message.leg, sdp: 'answer' })
        setTimeout(() => !peer.closed && peer.becomes('connected'))
        return
      }
      case 'digits':
        lines.get(callId)!.digits += message.digits
        return
      case 'hangUp':
        end(callId)
        return
      case 'ping':
        page.says({ type: 'pong' })
    }
  }

  FakeSocket.onOpened = page => {
    page.onTold = message => setTimeout(() => !page.closed && take(page, message))
    page.onClosed = () => {
      pages.delete(page)
      if (first === page) makeFirst([...pages][0] ?? null)
    }
    setTimeout(() => page.says({ type: 'ready', iceServers: [] }))
  }

  return {
    open() {
      newTab()
      return openBuiltinSoftphone()
    },
    reload(page) {
      page.stop()
      return openBuiltinSoftphone()
    },
    interrupt() {
      for (const peer of FakePeer.all) peer.becomes('failed')
      for (const page of [...pages]) page.breaks()
    },
    giveLeg(callId) {
      lines.set(callId, { page: null, peer: null, digits: '', over: false })
      if (first !== null) give(callId, first)
    },
    endLeg: end,
    hears(callId) {
      const peer = lines.get(callId)?.peer
      return (
        peer?.closed === false &&
        peer.connectionState === 'connected' &&
        peer.microphone?.readyState === 'live' &&
        peer.microphone.enabled
      )
    },
    digits: callId => lines.get(callId)!.digits,
    hungUp: callId => lines.get(callId)!.over,
    openMicrophones: () => computer.opened.filter(track => track.readyState === 'live').length,
    refuseMicrophone() {
      computer.refuse = 'NotAllowedError'
    },
    close: () => vi.unstubAllGlobals(),
  }
}

softphoneConformance('of our own exchange', startCenter)
