import { parse, printParseErrorCode, type ParseError } from 'jsonc-parser'
import type { Problem } from '../../api/generated/Problem'
import type { PromptVersion } from '../../api/generated/PromptVersion'
import { isTable } from '../kept'
import { TEXTS } from './fields'

/** What broken JSON is called for people, by the parser's own names. */
const BROKEN: Record<string, string> = {
  InvalidSymbol: 'this is no value: texts stand in double quotes',
  InvalidNumberFormat: 'this is no number',
  PropertyNameExpected: 'a name in double quotes is missing',
  ValueExpected: 'a value is missing',
  ColonExpected: 'a colon is missing',
  CommaExpected: 'a comma is missing',
  CloseBraceExpected: 'a } is missing',
  CloseBracketExpected: 'a ] is missing',
  EndOfFileExpected: 'nothing may stand behind the last }',
  InvalidCommentToken: 'JSON has no comments',
  UnexpectedEndOfString: 'a text has no end',
}

/** What is so wrong with a draft that it can't be handed over, and nobody else can say what is wrong with it. */
export function faults(version: PromptVersion): Problem[] {
  return TEXTS.flatMap(({ id, json }) => {
    const text = version.prompt[id] ?? null
    return json && text !== null ? jsonFaults(id, text) : []
  })
}

function jsonFaults(part: string, text: string): Problem[] {
  const errors: ParseError[] = []
  const value: unknown = parse(text, errors, { disallowComments: true })
  const [first] = errors
  // What follows the first place mostly follows from it.
  if (first) {
    const name = printParseErrorCode(first.error)
    return [{ part, line: lineAt(text, first.offset), what: `The schema is no JSON: ${BROKEN[name] ?? 'it ends here'}.`, stops: true }]
  }
  return isTable(value) ? [] : [{ part, line: 1, what: 'A schema is a JSON object: it begins with { and ends with }.', stops: true }]
}

/** The line of a place in a text, from 1. A place behind the last sign belongs to the last line that says something. */
export function lineAt(text: string, offset: number): number {
  return text.slice(0, Math.min(offset, text.trimEnd().length)).split('\n').length
}
