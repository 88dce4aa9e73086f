/** What we ask of a provider, in our words. `providers/<name>` renders or performs it. */
export type Action =
  | { type: 'say'; text: string; language: string }
  /** `loop` 0 repeats until something else happens. `media` names a sound that the server serves. */
  | { type: 'play'; media: Media; loop: number }
  | { type: 'hangUp' }

export type Media = 'hold-music'
