import { useText } from '../text/text.tsx'
import { Screen } from '../ui/Screen.tsx'

export function ReportsScreen() {
  const text = useText()
  return <Screen title={text.reports}>{null}</Screen>
}
