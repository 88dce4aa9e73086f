/**
 * What we ask of a provider, in our words: a script that it plays to the caller from top to bottom.
 * `providers/<name>` renders or performs it. `gather`, `record`, `bridge` and `resume` end a script: the provider then
 * tells what came of it (an `input` signal) and gets the next one.
 */
export type Action =
  | { type: 'say'; text: string; language: string }
  /** `loop` 0 repeats until something else happens. */
  | { type: 'play'; media: Media; loop: number }
  /** Waits for keys or words while the prompts are played and for `timeoutSeconds` after them. */
  | {
      type: 'gather'
      prompts: Prompt[]
      /** How many keys at most; the input ends there, or at #. */
      digits: number
      timeoutSeconds: number
      /** Also listen to what is said; the hints are the words to expect. */
      speech: { language: string; hints: string[] } | null
    }
  /** Records what the caller says, after a tone, until silence, a key or the limit. */
  | { type: 'record'; maxSeconds: number; silenceSeconds: number }
  /**
   * Lets the caller speak with whoever answers there, showing `callerId`. Softphones: only where the provider has them.
   * `record`: the provider records both from when they are connected, in channels of their own.
   */
  | { type: 'bridge'; to: Destination; callerId: string | null; ringSeconds: number; record?: boolean }
  /** Come back and ask what next. */
  | { type: 'resume' }
  | { type: 'hangUp' }

/** Where somebody is reached: by telephone (E.164), or an agent in the browser. */
export type Destination = { type: 'number'; number: string } | { type: 'softphone'; agentId: string }

export type Prompt = Extract<Action, { type: 'say' | 'play' }>

/** A sound: one that the server serves, a recording of the workspace by its id, or one on the web. */
export type Media = 'hold-music' | `prompt:${string}` | `https://${string}`
