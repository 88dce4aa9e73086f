import { useText } from '../text/text.tsx'
import { Copyable } from '../ui/Copyable.tsx'
import { Dialog } from '../ui/Dialog.tsx'

export interface SignInLink {
  /** Of whoever signs in with it. */
  name: string
  url: string
}

/** A sign-in link, to be handed over in private: it is not shown again. */
export function ShowLink({ link, onClose }: { link: SignInLink; onClose(): void }) {
  const words = useText().settingsScreen
  return (
    <Dialog title={words.linkTitle(link.name)} onClose={onClose} wide>
      <p className="mb-3">{words.linkHint}</p>
      <Copyable value={link.url} label={words.linkTitle(link.name)} />
    </Dialog>
  )
}
