import {createRequire} from "node:module";
import path from "node:path";

// Bin/lint keeps the linters in its cache; an editor finds those in node_modules.
const modules = process.env.CALLGEAR_NODE_MODULES;
const require = createRequire(
    modules ? path.join(modules, "eslint.js") : import.meta.url
);
const js = require("@eslint/js");
const globals = require("globals");

export default [
    js.configs.recommended,
    {
        files: ["**/*.js", "**/*.mjs"],
        languageOptions: {
            ecmaVersion: 2024,
            sourceType: "module",
            globals: {
                ...globals.browser,
                // What Odoo's pages bring along.
                odoo: "readonly",
                luxon: "readonly",
                Chart: "readonly",
            },
        },
        rules: {
            "array-callback-return": "error",
            complexity: ["error", 15],
            "consistent-return": "error",
            curly: "error",
            "default-case-last": "error",
            eqeqeq: ["error", "always", {null: "ignore"}],
            "max-depth": ["error", 4],
            "max-lines-per-function": ["error", {max: 120}],
            "no-alert": "error",
            "no-console": ["error", {allow: ["warn", "error"]}],
            "no-else-return": "error",
            "no-eval": "error",
            "no-implied-eval": "error",
            "no-lonely-if": "error",
            "no-new-func": "error",
            "no-param-reassign": "error",
            "no-return-assign": "error",
            "no-shadow": "error",
            "no-throw-literal": "error",
            "no-unneeded-ternary": "error",
            "no-unused-expressions": "error",
            "no-unused-vars": ["error", {argsIgnorePattern: "^_"}],
            "no-useless-concat": "error",
            "no-var": "error",
            "object-shorthand": "error",
            "prefer-const": "error",
            "prefer-template": "error",
        },
    },
    {
        files: ["**/*.mjs"],
        languageOptions: {globals: globals.node},
    },
    {
        // A test suite is one long function.
        files: ["**/static/tests/**/*.js", "tests/**/*.js"],
        rules: {"max-lines-per-function": "off"},
    },
];
