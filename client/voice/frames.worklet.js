/*
 * Both ends of audio that travels in frames, in the browser's audio thread. Plain JavaScript in a file of its own, because
 * audio worklets are loaded by address and our content security policy allows no other scripts.
 * All samples are 32-bit floats at 48 kHz, one channel.
 */

const SAMPLES_PER_MS = 48
const FRAME = 20 * SAMPLES_PER_MS

/** Collects what the microphone says into frames of 20 ms. */
class Capture extends AudioWorkletProcessor {
  frame = new Float32Array(FRAME)
  filled = 0

  process([input]) {
    for (const sample of input?.[0] ?? []) {
      this.frame[this.filled++] = sample
      if (this.filled < FRAME) continue
      this.port.postMessage(this.frame.slice())
      this.filled = 0
    }
    return true
  }
}

const BEGIN_WITH = 60 * SAMPLES_PER_MS
const TOO_MUCH = 250 * SAMPLES_PER_MS
const BACK_TO = 80 * SAMPLES_PER_MS

/**
 * Plays frames as they come. It begins when 60 ms are there, so that the next one may be late; when more than 250 ms
 * have piled up behind a stall, it leaves out the oldest rather than stay behind for the rest of the call.
 */
class Playback extends AudioWorkletProcessor {
  waiting = []
  held = 0
  offset = 0
  playing = false

  constructor() {
    super()
    this.port.onmessage = ({ data }) => {
      this.waiting.push(data)
      this.held += data.length
      if (this.held <= TOO_MUCH) return
      while (this.held > BACK_TO) {
        this.held -= this.waiting.shift().length - this.offset
        this.offset = 0
      }
    }
  }

  process(_inputs, [[output]]) {
    if (!this.playing && this.held >= BEGIN_WITH) this.playing = true
    if (!this.playing) return true
    for (let index = 0; index < output.length; index++) {
      const frame = this.waiting[0]
      if (frame === undefined) {
        this.playing = false
        break
      }
      output[index] = frame[this.offset++]
      this.held--
      if (this.offset < frame.length) continue
      this.waiting.shift()
      this.offset = 0
    }
    return true
  }
}

registerProcessor('ringside-capture', Capture)
registerProcessor('ringside-playback', Playback)
