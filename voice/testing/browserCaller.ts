/**
 * Somebody with a browser: a page that speaks a tone and measures what it hears. Runs inside of the page, so it must not
 * use anything from outside of the function.
 */
export interface BrowserCaller {
  /** An offer with a microphone and so many lines to hear with; the connection before it is forgotten, not closed. */
  offer(ears: number): Promise<string>
  answer(sdp: string): Promise<void>
  speak(frequency: number, loudness: number): void
  press(digits: string): void
  /** The loudest that each frequency was, in dB, while listening for so long. */
  listen(frequencies: number[], milliseconds: number): Promise<number[]>
  /** @returns when, milliseconds since 1970, this frequency was heard. */
  waitFor(frequency: number): Promise<number>
  /** Speaks and hears by frames instead, over a WebSocket to this address. */
  frames(url: string): Promise<void>
  close(): void
}

export function installCaller(): void {
  const context = new AudioContext({ sampleRate: 48_000 })
  const oscillator = new OscillatorNode(context, { frequency: 0 })
  const volume = new GainNode(context, { gain: 0 })
  oscillator.connect(volume)
  oscillator.start()
  let peer: RTCPeerConnection | null = null
  let analysers: AnalyserNode[] = []

  const analyse = (source: AudioNode): void => {
    const analyser = new AnalyserNode(context, { fftSize: 4096, smoothingTimeConstant: 0 })
    source.connect(analyser)
    analysers.push(analyser)
  }
  const loudness = (frequency: number): number => {
    const bin = Math.round(frequency / (48_000 / 4096))
    return analysers.reduce((most, analyser) => {
      const spectrum = new Float32Array(analyser.frequencyBinCount)
      analyser.getFloatFrequencyData(spectrum)
      return Math.max(most, ...spectrum.subarray(bin - 2, bin + 3))
    }, -200)
  }
  const sleep = (milliseconds: number) => new Promise(resolve => setTimeout(resolve, milliseconds))

  const decoders = new Map<number, (payload: Uint8Array) => void>()
  function decoderOf(slot: number): (payload: Uint8Array) => void {
    const known = decoders.get(slot)
    if (known) return known
    const player = new AudioWorkletNode(context, 'player', { numberOfInputs: 0, outputChannelCount: [1] })
    analyse(player)
    const decoder = new AudioDecoder({
      output(audio) {
        const samples = new Float32Array(audio.numberOfFrames)
        audio.copyTo(samples, { planeIndex: 0, format: 'f32-planar' })
        player.port.postMessage(samples)
        audio.close()
      },
      error: console.error,
    })
    decoder.configure({ codec: 'opus', sampleRate: 48_000, numberOfChannels: 1 })
    let timestamp = 0
    const decode = (payload: Uint8Array) => {
      decoder.decode(new EncodedAudioChunk({ type: 'key', timestamp, data: payload }))
      timestamp += 20_000
    }
    decoders.set(slot, decode)
    return decode
  }
  /** Passes samples on in pieces of 20 ms; plays what it is given as long as there is any. */
  const WORKLETS = `
    class Capture extends AudioWorkletProcessor {
      piece = new Float32Array(960); filled = 0
      process([[samples]]) {
        for (const sample of samples ?? []) {
          this.piece[this.filled++] = sample
          if (this.filled === 960) { this.port.postMessage(this.piece.slice()); this.filled = 0 }
        }
        return true
      }
    }
    class Player extends AudioWorkletProcessor {
      waiting = []
      constructor() { super(); this.port.onmessage = ({ data }) => this.waiting.push(...data) }
      process(_, [[out]]) { out.set(this.waiting.splice(0, out.length)); return true }
    }
    registerProcessor('capture', Capture)
    registerProcessor('player', Player)`

  const caller: BrowserCaller = {
    async offer(ears) {
      await context.resume()
      analysers = []
      const microphone = new MediaStreamAudioDestinationNode(context, { channelCount: 1 })
      volume.connect(microphone)
      peer = new RTCPeerConnection({ bundlePolicy: 'max-bundle' })
      peer.addEventListener('track', ({ track }) => {
        const stream = new MediaStream([track])
        // Chromium decodes only what is also played by an element.
        const element = new Audio()
        element.srcObject = stream
        void element.play()
        analyse(new MediaStreamAudioSourceNode(context, { mediaStream: stream }))
      })
      peer.addTransceiver(microphone.stream.getAudioTracks()[0]!, { direction: 'sendrecv' })
      for (let i = 1; i < ears; i++) peer.addTransceiver('audio', { direction: 'recvonly' })
      await peer.setLocalDescription()
      return peer.localDescription!.sdp
    },
    answer: sdp => peer!.setRemoteDescription({ type: 'answer', sdp }),
    speak(frequency, loudness) {
      oscillator.frequency.value = frequency
      volume.gain.value = loudness
    },
    press: digits => peer!.getSenders()[0]!.dtmf!.insertDTMF(digits, 100, 60),
    async listen(frequencies, milliseconds) {
      const loudest = frequencies.map(() => -200)
      for (const end = performance.now() + milliseconds; performance.now() < end; await sleep(50)) {
        for (const [i, frequency] of frequencies.entries()) loudest[i] = Math.max(loudest[i]!, loudness(frequency))
      }
      return loudest
    },
    async waitFor(frequency) {
      while (loudness(frequency) < -50) await sleep(5)
      return Date.now()
    },
    async frames(url) {
      const socket = new WebSocket(url)
      socket.binaryType = 'arraybuffer'
      await new Promise(resolve => socket.addEventListener('open', resolve))
      socket.addEventListener('message', ({ data }) => {
        const bytes = new Uint8Array(data)
        decoderOf(bytes[1]!)(bytes.subarray(8))
      })
      await context.resume()
      await context.audioWorklet.addModule(URL.createObjectURL(new Blob([WORKLETS], { type: 'text/javascript' })))
      let [sequence, timestamp] = [0, 0]
      const encoder = new AudioEncoder({
        output(chunk) {
          const bytes = new Uint8Array(8 + chunk.byteLength)
          const view = new DataView(bytes.buffer)
          bytes[0] = 1
          view.setUint16(2, sequence++ & 0xffff)
          view.setUint32(4, (sequence * 960) >>> 0)
          chunk.copyTo(bytes.subarray(8))
          socket.send(bytes)
        },
        error: console.error,
      })
      encoder.configure({ codec: 'opus', sampleRate: 48_000, numberOfChannels: 1, bitrate: 24_000 })
      const capture = new AudioWorkletNode(context, 'capture', {
        numberOfOutputs: 0,
        channelCount: 1,
        channelCountMode: 'explicit',
      })
      volume.connect(capture)
      capture.port.onmessage = ({ data }) => {
        const format = { format: 'f32-planar', sampleRate: 48_000, numberOfFrames: 960, numberOfChannels: 1 } as const
        encoder.encode(new AudioData({ ...format, timestamp, data }))
        timestamp += 20_000
      }
    },
    close() {
      peer?.close()
    },
  }
  Object.assign(window, { caller })
}
