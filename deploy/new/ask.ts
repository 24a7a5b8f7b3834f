import { findNameProblems } from "../settings/job-name.ts";
import { CommandError, UsageError } from "../terminal/command-error.ts";
import { askOnTerminal } from "../terminal/terminal.ts";
import {
  CI_SERVICES,
  type CiService,
  DEFAULT_TEMPLATE,
  TEMPLATE_NAMES,
  TEMPLATES,
  type TemplateName,
} from "./project.ts";

/** The answers on the command line; the rest is asked for, or gets a default. */
export interface NewJobAnswers {
  readonly name?: string | undefined;
  readonly template?: TemplateName | undefined;
  readonly ci?: CiService | undefined;
}

export type CompleteAnswers = NewJobAnswers & { readonly name: string; readonly template: TemplateName };

/**
 * Completes the answers of the command line: asks if a person can answer, else takes the defaults.
 *
 * @param isTerminal whether somebody can answer
 * @throws {CommandError} where the name is missing and nobody can answer, or the person cancels
 */
export async function completeAnswers(given: NewJobAnswers, isTerminal: boolean): Promise<CompleteAnswers> {
  const { name, template } = given;
  if (name !== undefined && (template !== undefined || !isTerminal)) {
    return { ...given, name, template: template ?? DEFAULT_TEMPLATE };
  }
  if (!isTerminal) {
    throw new UsageError("A new job needs a name", { hint: "For example: errand new pod-report --template report" });
  }
  return await askOnTerminal(() => askPerson(given));
}

async function askPerson(given: NewJobAnswers): Promise<CompleteAnswers> {
  const { isCancel, select, text } = await import("@clack/prompts");
  // stdout is for the answer of the command.
  const output = process.stderr;
  const answerOf = <T>(answer: T): Exclude<T, symbol> => {
    if (isCancel(answer)) throw new CommandError("Nothing was written");
    return answer as Exclude<T, symbol>;
  };
  const name =
    given.name ??
    answerOf(
      await text({
        message: "Job name?",
        placeholder: "pod-report",
        validate: (value) => findNameProblems(value ?? "")[0]?.message,
        output,
      }),
    );
  const template =
    given.template ??
    answerOf(
      await select<TemplateName>({
        message: "Template?",
        options: TEMPLATE_NAMES.map((value) => ({ value, label: value, hint: TEMPLATES[value] })),
        output,
      }),
    );
  const ci =
    given.ci ??
    answerOf(
      await select<CiService | "none">({
        message: "CI service to check and deploy with?",
        options: [{ value: "none" }, ...CI_SERVICES.map((value) => ({ value }))],
        output,
      }),
    );
  return { name, template, ci: ci === "none" ? undefined : ci };
}
