export interface Environment {
  supplies(name: string): boolean;
}
export function processEnvironment(): Environment {
  return { supplies: () => false };
}
