import type { Problem } from '../../api/generated/Problem'
import type { PromptVersion } from '../../api/generated/PromptVersion'

/** The parts of a prompt that are text, in the order in which they are sent. */
export const TEXTS = [
  { id: 'system', label: 'System', about: 'What holds for all windows: the fixed part, before all that differs.', json: false },
  { id: 'window', label: 'Window', about: 'What is asked of a window.', json: false },
  { id: 'schema', label: 'Schema', about: 'JSON schema of the answer about a window.', json: true },
  { id: 'whole', label: 'Whole', about: 'What is asked of the answers of all windows together; empty where nothing is.', json: false },
  { id: 'whole_schema', label: 'Whole schema', about: 'JSON schema of the answer about the whole; empty where nothing is asked.', json: true },
] as const

export type TextId = (typeof TEXTS)[number]['id']

/** All that is edited, in the order of its tabs. */
export const FIELDS = [
  ...TEXTS.map(({ id, label }) => ({ id, label })),
  { id: 'parameters', label: 'Parameters' },
  { id: 'examples', label: 'Examples' },
  { id: 'about', label: 'Name and note' },
] as const

export type FieldId = (typeof FIELDS)[number]['id']

/** The field that a problem is shown in; null for what stands beside the prompt. */
export function fieldOf({ part }: Problem): FieldId | null {
  const own = FIELDS.find(({ id }) => id === part)
  if (own) return own.id
  if (part === 'name' || part === 'note') return 'about'
  return part === 'question' ? null : 'parameters'
}

/** What is shown of a problem's place. */
export function placeOf(problem: Problem): string {
  const field = fieldOf(problem)
  const label = FIELDS.find(({ id }) => id === field)?.label ?? 'Question'
  return problem.line === null ? label : `${label}, line ${problem.line}`
}

/** The text of a field; what is not asked is empty. */
export function textOf({ prompt }: PromptVersion, id: TextId): string {
  return prompt[id] ?? ''
}

/** A version with another text; what is emptied of the whole is not asked. */
export function withText(version: PromptVersion, id: TextId, text: string): PromptVersion {
  const none = (id === 'whole' || id === 'whole_schema') && text.trim() === ''
  return { ...version, prompt: { ...version.prompt, [id]: none ? null : text } }
}
