// validate.mjs MODULES: stdin is {"description": …, "answers": [[path, method, status, type, value]…]}. Is the description good
// OpenAPI, are its examples of their schemas, and the answers?
import { createRequire } from 'node:module';

const require = createRequire(`${process.argv[2]}/`);
const { Validator } = await import(require.resolve('@seriousme/openapi-schema-validator'));
const Ajv = require('ajv/dist/2020').default;
const formats = require('ajv-formats').default;

let text = '';
for await (const part of process.stdin) {
  text += part;
}
const { description, answers } = JSON.parse(text);
const wrong = [];

const result = await new Validator().validate(structuredClone(description));
if (!result.valid) {
  wrong.push(`the description: ${JSON.stringify(result.errors)}`);
}

const ajv = new Ajv({ strict: false, allErrors: true });
formats(ajv);
ajv.addSchema({ ...description, $id: 'file:///api' });
const escape = (name) => name.replace(/~/g, '~0').replace(/\//g, '~1');
const follow = (at) => { // the place that a $ref stands for
  const found = at.slice(2).split('/').reduce((here, name) => here?.[name.replace(/~1/g, '/').replace(/~0/g, '~')], description);
  return found?.$ref ? follow(found.$ref) : [at, found];
};
function hold(at, value, what) {
  const check = ajv.getSchema(`file:///api${encodeURI(at)}`) ?? ajv.compile({ $ref: `file:///api${encodeURI(at)}` });
  if (!check(value)) {
    wrong.push(`${what}: ${ajv.errorsText(check.errors)}`);
  }
}

for (const [path, methods] of Object.entries(description.paths)) {
  for (const [method, operation] of Object.entries(methods)) {
    for (const status of Object.keys(operation.responses)) {
      const [place, response] = follow(`#/paths/${escape(path)}/${method}/responses/${status}`);
      for (const [type, content] of Object.entries(response.content ?? {})) {
        const examples = 'example' in content ? [content.example] : Object.values(content.examples ?? {})
          .map((one) => (one.$ref ? follow(one.$ref)[1] : one).value);
        for (const one of examples) {
          hold(`${place}/content/${escape(type)}/schema`, one, `the example of ${method} ${path} ${status}`);
        }
        if (status === '200' && path !== '/v1/openapi.json' && examples.length === 0) {
          wrong.push(`${method} ${path} ${status} has no example`);
        }
      }
    }
    const [place, body] = operation.requestBody ? follow(`#/paths/${escape(path)}/${method}/requestBody`) : [null, null];
    for (const one of body ? [body.content['application/json']] : []) {
      const examples = 'example' in one ? [one.example] : Object.values(one.examples ?? {}).map((example) => example.value);
      examples.forEach((value) => hold(`${place}/content/application~1json/schema`, value, `the example of the body of ${path}`));
    }
  }
}
for (const [path, method, status, type, value] of answers) {
  const [place, response] = follow(`#/paths/${escape(path)}/${method}/responses/${status}`);
  if (!response?.content?.[type]) {
    wrong.push(`${method} ${path} answered ${status} ${type}: not described`);
  } else {
    hold(`${place}/content/${escape(type)}/schema`, value, `the answer ${status} of ${method} ${path}: ${JSON.stringify(value).slice(0, 300)}`);
  }
}
if (wrong.length) {
  console.log(wrong.join('\n'));
  process.exitCode = 1;
} else {
  console.log(`good: ${answers.length} answers`);
}
