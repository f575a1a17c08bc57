import type { LabModel } from '../../api/generated/LabModel'
import type { VariantHead } from '../../api/generated/VariantHead'

type Asked = Pick<VariantHead, 'label' | 'model' | 'temperature'>

/** The name of a model, and its temperature where a variant has one of its own. */
export function askedOf({ model, temperature }: Omit<Asked, 'label'>, models: readonly LabModel[]): string {
  const name = models.find(({ id }) => id === model)?.name ?? model
  return temperature === null ? name : `${name}, temp. ${temperature}`
}

/** What variants are called: by their versions, and by what was asked, too, where another has the same version. */
export function namesOf(heads: readonly Asked[], models: readonly LabModel[]): string[] {
  return heads.map((head) => (heads.some((other) => other !== head && other.label === head.label) ? `${head.label}, ${askedOf(head, models)}` : head.label))
}
