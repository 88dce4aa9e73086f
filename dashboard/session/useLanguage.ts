import { useOptimistic } from 'react'
import { useAction } from '../../react/useAction.ts'
import { LOCALES, type Locale, useWords } from '../text/text.tsx'
import { changeMe } from './changeMe.ts'

/** The language of the person who is signed in, wherever they sign in. */
export function useLanguage() {
  const { locale } = useWords()
  const [chosen, show] = useOptimistic<Locale>(locale)
  const { run, error } = useAction(async (next: Locale) => {
    show(next)
    await changeMe({ locale: next })
  })
  return {
    locale: chosen,
    error,
    choose(value: string) {
      const next = LOCALES.find(each => each === value)
      if (next) run(next)
    },
  }
}
