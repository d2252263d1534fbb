# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""axe-core (npm) in an open page."""

from devtools import lint_tools

# What the addon draws; what Odoo draws around it is its own.
OURS = "[class^='o-callgear-'], [class*=' o-callgear-']"
RUN = """async (ours) => {
    const places = [...document.querySelectorAll(ours)].filter((el) => el.checkVisibility());
    const outermost = places.filter((el) => !el.parentElement.closest(ours));
    const found = await axe.run({include: outermost}, {
        // Rules about whole pages are none of a part of a page.
        rules: {region: {enabled: false}},
        resultTypes: ["violations"],
    });
    return found.violations.flatMap(({id, nodes}) =>
        nodes.map(({html, failureSummary}) => `${id}: ${html.slice(0, 300)} ${failureSummary}`)
    );
}"""


def violations(page):
    """Return what axe-core complains of in what the addon draws in a page.

    :return: list of str, each a rule, the element and what is wrong with it
    """
    if page.locator(OURS).count() == 0:
        return ["nothing of ours is on the page"]
    if not page.evaluate("Boolean(window.axe)"):
        script = lint_tools.node_tools() / "axe-core" / "axe.min.js"
        page.add_script_tag(path=str(script))
    # Half faded in, a text has too little contrast.
    page.wait_for_function(
        "document.getAnimations().every((each) => each.playState !== 'running'"
        " || each.effect.getTiming().iterations === Infinity)"
    )
    return page.evaluate(RUN, OURS)
