import { Check, Copy } from 'lucide-react'
import { useState } from 'react'
import { Button } from '../../react/Button.tsx'
import { useText } from '../text/text.tsx'

/** Something to be pasted elsewhere. */
export function Copyable({ value, label }: { value: string; label: string }) {
  const text = useText()
  const [copied, setCopied] = useState(false)
  return (
    <div className="rounded-lg border border-line bg-sunken text-left">
      <pre className="overflow-x-auto p-3 font-mono text-xs whitespace-pre-wrap [overflow-wrap:anywhere]">
        <code>{value}</code>
      </pre>
      {/* Browsers only lend the clipboard to pages that came over a safe connection. */}
      {'clipboard' in navigator && (
        <div className="flex justify-end border-t border-line p-1">
          <Button
            look="plain"
            aria-label={copied ? text.copied : `${text.copy}: ${label}`}
            onClick={() => navigator.clipboard.writeText(value).then(() => setCopied(true))}
          >
            {copied ? <Check aria-hidden="true" /> : <Copy aria-hidden="true" />}
            <span aria-live="polite">{copied ? text.copied : text.copy}</span>
          </Button>
        </div>
      )}
    </div>
  )
}
