import type { Prompt } from '../../core/action.ts'

/** Where what callers hear comes from, as files that the voice engine plays (`voice/engine.ts`, `Sound`). */
export interface Voices {
  /**
   * The sound of a prompt. Asked again, or by several at once, it is made only once. Rejects when there is none: a
   * recording that is gone, an address that answers with no sound, nothing on this machine that speaks.
   */
  soundOf(workspaceId: string, prompt: Prompt): Promise<{ file: string }>
  /** Has these ready before anybody waits for them. What fails is tried again when it is asked for. */
  warm(workspaceId: string, prompts: readonly Prompt[]): void
}
