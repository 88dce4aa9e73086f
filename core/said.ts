/**
 * A sentence for people in English, and what it is made of: a screen in another language says the same from `code` and
 * `values`. `Kinds` are the values of each code.
 */
export type Said<Kinds> = {
  [Code in keyof Kinds & string]: { code: Code; values: Kinds[Code]; message: string }
}[keyof Kinds & string]

/** What a sentence may be about, as JSON carries it. */
export type Values = Record<string, string | number | null>

/** One language's words for everything that can be said of something. */
export type Sentences<Kinds> = { [Code in keyof Kinds & string]: (values: Kinds[Code]) => string }

/** Says it in the language of these sentences. */
export const sayer =
  <Kinds>(sentences: Sentences<Kinds>) =>
  <Code extends keyof Kinds & string>(code: Code, values: Kinds[Code]): Said<Kinds> & { code: Code } =>
    ({ code, values, message: sentences[code](values) }) as Said<Kinds> & { code: Code }
