#include "ldm/failures.h"
#include "quant/samplemodel.h"
#include "support/testmain.h"

#include <quant/recipe.h>
#include <quant/simulated.h>

#include <QTest>

using quant::ActivationFormat;
using quant::Format;
using quant::Plan;
using quant::Recipe;
using quant::Rule;
using quant::WeightFormat;
using support::contains;
using support::failureOf;

namespace {

constexpr Format kInt8{WeightFormat::Int8, ActivationFormat::Int8};

Rule weightRule(std::string match, WeightFormat weights) {
    return {std::move(match), weights, {}, {}, ""};
}

Rule activationRule(std::string match, ActivationFormat activations) {
    return {std::move(match), {}, activations, {}, ""};
}

Recipe recipeOf(std::vector<Rule> rules) {
    Recipe recipe;
    recipe.rules = std::move(rules);
    return recipe;
}

std::string refusal(const Recipe& recipe) {
    return failureOf(ldm::ErrorKind::BadInput, [&] { quant::resolve(recipe, support::sampleModel()); });
}

} // namespace

class PlanTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void patternsMatchWholeNames_data() {
        QTest::addColumn<QString>("pattern");
        QTest::addColumn<QString>("name");
        QTest::addColumn<bool>("expected");
        const auto row = [](const char* pattern, const char* name, bool expected) {
            QTest::addRow("%s on %s", pattern, name) << QString(pattern) << QString(name) << expected;
        };
        row("unet.conv_in", "unet.conv_in", true);
        row("unet.conv_in", "unet.conv_in.x", false);
        row("unet.conv", "unet.conv_in", false);
        row("unet.*", "unet.conv_in", true);
        row("unet.*", "unet.mid_block.resnets", false);
        row("unet.**", "unet.mid_block.resnets", true);
        row("unet.**", "unet", false);
        row("**", "", true);
        row("*", "", true);
        row("", "", true);
        row("", "a", false);
        row("unet.**.time_emb_proj", "unet.down_blocks.0.resnets.1.time_emb_proj", true);
        row("unet.**.time_emb_proj", "unet.down_blocks.0.resnets.1.time_emb_proj_2", false);
        row("unet.*.0.resnets.*.conv1", "unet.up_blocks.0.resnets.12.conv1", true);
        row("unet.*.0.resnets.*.conv1", "unet.up_blocks.0.resnets.1.2.conv1", false);
        row("*conv*", "conv_in", true);
        row("u*t.c*_*n", "unet.conv_in", true);
        row("**attn1**", "unet.a.attn1.to_q", true);
        row("a***b", "a.x.b", true);
        row("a.c", "abc", false);
        row("[ab]", "a", false);
        row("?", "a", false);
    }

    void patternsMatchWholeNames() {
        QFETCH(QString, pattern);
        QFETCH(QString, name);
        QFETCH(bool, expected);
        QCOMPARE(quant::matches(pattern.toStdString(), name.toStdString()), expected);
    }

    /// With backtracking this pattern would take longer than the universe exists.
    void noPatternIsSlow() {
        std::string pattern;
        for (int i = 0; i < 60; ++i) pattern += "**a*";
        QVERIFY(!quant::matches(pattern + "b", std::string(2000, 'a')));
        QVERIFY(quant::matches(pattern, std::string(2000, 'a')));
    }

    void theDefaultGoesToEveryLayer() {
        const Plan plan = quant::resolve(Recipe{}, support::sampleModel());
        QVERIFY(!plan.variesOverTime());
        QCOMPARE(plan.segments.front().firstTimestep, 0);
        QCOMPARE(plan.segments.front().lastTimestep, 999);
        QVERIFY(plan.at(500) == std::vector<Format>(6, kInt8));
        QVERIFY(plan.warnings.empty() && plan.matchedLayers.empty());
    }

    void laterRulesWinSideBySide() {
        const Plan plan = quant::resolve(
            recipeOf({weightRule("unet.**", WeightFormat::Int4), activationRule("unet.conv_*", ActivationFormat::Int16),
                      weightRule("unet.conv_in", WeightFormat::Fp16)}),
            support::sampleModel());
        QVERIFY((plan.at(0)[0] == Format{WeightFormat::Fp16, ActivationFormat::Int16}));
        QVERIFY((plan.at(0)[1] == Format{WeightFormat::Int4, ActivationFormat::Int8}));
        QVERIFY((plan.at(0)[5] == Format{WeightFormat::Int4, ActivationFormat::Int16}));
        QVERIFY((plan.matchedLayers == std::vector<int>{6, 2, 1}));
    }

    void aRuleMatchesByBlockIdToo() {
        const Plan plan =
            quant::resolve(recipeOf({weightRule("unet.down_blocks.0.0", WeightFormat::Int4)}), support::sampleModel());
        for (const std::size_t layer : {1, 2, 3}) QVERIFY(plan.at(0)[layer].weights == WeightFormat::Int4);
        QVERIFY(plan.at(0)[0] == kInt8 && plan.at(0)[4] == kInt8);
    }

    void timestepsCutThePlanIntoSegments() {
        Rule rule = activationRule("unet.conv_in", ActivationFormat::Fp16);
        rule.timesteps = {{200, 399}};
        const Plan plan = quant::resolve(recipeOf({rule}), support::sampleModel());
        QCOMPARE(plan.segments.size(), std::size_t{3});
        QCOMPARE(plan.segments[1].firstTimestep, 200);
        QCOMPARE(plan.segments[1].lastTimestep, 399);
        QCOMPARE(plan.segments[2].lastTimestep, 999);
        for (const auto& [timestep, expected] : {std::pair{199, ActivationFormat::Int8},
                                                 {200, ActivationFormat::Fp16},
                                                 {399, ActivationFormat::Fp16},
                                                 {400, ActivationFormat::Int8}})
            QVERIFY(plan.at(timestep)[0].activations == expected);
    }

    void rangesAtTheEndsAndRangesWithoutEffectMakeNoExtraSegments() {
        Rule all = weightRule("unet.conv_in", WeightFormat::Int4);
        all.timesteps = {{0, 999}};
        QVERIFY(!quant::resolve(recipeOf({all}), support::sampleModel()).variesOverTime());
        Rule low = weightRule("unet.conv_in", WeightFormat::Int4);
        low.timesteps = {{0, 200}};
        QCOMPARE(quant::resolve(recipeOf({low}), support::sampleModel()).segments.size(), std::size_t{2});
        const Recipe overridden = recipeOf({low, weightRule("unet.conv_in", WeightFormat::Fp16)});
        QVERIFY(!quant::resolve(overridden, support::sampleModel()).variesOverTime());
    }

    void aRuleThatMatchesNothingIsRefusedWithNearNames() {
        const std::string said = refusal(
            recipeOf({weightRule("unet.**", WeightFormat::Int4), weightRule("unet.mid_blok", WeightFormat::Int8)}));
        QVERIFY2(contains(said, "rule 2") && contains(said, "'unet.mid_blok'") &&
                     contains(said, "names are 'unet.mid_block'"),
                 said.c_str());
        const std::string wild = refusal(recipeOf({weightRule("unet.**.to_qq", WeightFormat::Int8)}));
        QVERIFY2(contains(wild, "names are 'unet.down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q'"),
                 wild.c_str());
    }

    void aRecipeOfAnotherModelIsRefused() {
        Recipe recipe;
        recipe.model = {"other", "sha256:abcd"};
        const std::string said = refusal(recipe);
        QVERIFY2(contains(said, "sha256:abcd") && contains(said, "sha256:1234") && contains(said, "'fingerprint'"),
                 said.c_str());
        recipe.model.fingerprint = "sha256:1234";
        QVERIFY(refusal(recipe).empty());
        recipe.model.fingerprint.clear();
        QVERIFY(refusal(recipe).empty());
    }

    void aRecipeForOtherLorasSaysWhich() {
        Recipe recipe;
        recipe.model = {"sd", "sha256:abcd", {{"paper", "sha256:1", 0.8}, {"ink", "sha256:2", -1}}};
        const std::string said = refusal(recipe);
        QVERIFY2(contains(said, "'sd' with LoRA 'paper' at 0.8 and LoRA 'ink' at -1 (sha256:abcd)"), said.c_str());
    }

    void unequalProjectionsOfOneAttentionAreWarnedOf() {
        const Plan plan =
            quant::resolve(recipeOf({weightRule("unet.**.to_k", WeightFormat::Int4)}), support::sampleModel());
        QCOMPARE(plan.warnings.size(), std::size_t{1});
        QVERIFY2(contains(plan.warnings[0], "transformer_blocks.0.attn1"), plan.warnings[0].c_str());
        const Plan level =
            quant::resolve(recipeOf({weightRule("unet.**.to_*", WeightFormat::Int4)}), support::sampleModel());
        QVERIFY(level.warnings.empty());
    }

    void layersThatBlocksDoNotFitAreToldOf() {
        const ldm::ModelInfo model = support::modelOf(
            {support::layer("unet.a", "unet.a", {8, 512}), support::layer("unet.b", "unet.b", {8, 320}),
             support::layer("unet.c", "unet.c", {8, 64}), support::layer("unet.d", "unet.d", {8, 64, 3, 3})});
        const Plan plan = quant::resolve(recipeOf({weightRule("**", WeightFormat::Q4_K)}), model);
        QCOMPARE(plan.warnings.size(), std::size_t{1});
        QCOMPARE(
            plan.warnings[0],
            std::string("layers kept otherwise, since blocks of q4_k do not divide their rows: 1 as fp16, 2 as q8_0"));
        QVERIFY(quant::resolve(recipeOf({weightRule("unet.a", WeightFormat::Q4_K)}), model).warnings.empty());
    }

    void aUniformPlanGivesEveryLayerOneFormat() {
        const Format format{WeightFormat::Int4, ActivationFormat::Int16};
        const Plan plan = quant::uniformPlan(support::sampleModel(), format);
        QVERIFY(plan.at(7) == std::vector<Format>(6, format));
    }

    void settingABlockAddsOneRuleAtTheEnd() {
        const Recipe recipe = edited({activationRule("unet.**", ActivationFormat::Int16)}, WeightFormat::Int4, {});
        QCOMPARE(recipe.rules.size(), std::size_t{2});
        QVERIFY(recipe.rules[1] == weightRule("unet.mid_block", WeightFormat::Int4));
    }

    void settingABlockAgainReplacesItsRule() {
        Recipe recipe = edited({}, WeightFormat::Int4, {});
        recipe = edited(recipe.rules, {}, ActivationFormat::Int16);
        QCOMPARE(recipe.rules.size(), std::size_t{1});
        QVERIFY((recipe.rules[0] == Rule{"unet.mid_block", WeightFormat::Int4, ActivationFormat::Int16, {}, ""}));
        recipe = edited(recipe.rules, WeightFormat::Fp16, {});
        QCOMPARE(recipe.rules.size(), std::size_t{1});
        QVERIFY(recipe.rules[0].weights == WeightFormat::Fp16);
    }

    void settingABlockBackToTheDefaultRemovesItsRules() {
        const Recipe recipe = edited({}, WeightFormat::Int4, ActivationFormat::Int16);
        QVERIFY(edited(recipe.rules, WeightFormat::Int8, ActivationFormat::Int8).rules.empty());
    }

    void anEditChangesNothingButTheSideItSets() {
        const std::vector<Rule> rules{weightRule("unet.mid_block", WeightFormat::Int4),
                                      weightRule("unet.**", WeightFormat::Fp16)};
        const ldm::ModelInfo model = support::sampleModel();
        const Plan before = quant::resolve(recipeOf(rules), model);
        const Plan after = quant::resolve(edited(rules, {}, ActivationFormat::Int16), model);
        for (std::size_t layer = 0; layer < model.layers.size(); ++layer) {
            QVERIFY(after.at(0)[layer].weights == before.at(0)[layer].weights);
            QVERIFY((after.at(0)[layer].activations == ActivationFormat::Int16) == (layer == 4));
        }
    }

    void anEditOverridesRulesOfTheBlockWithTimesteps() {
        Rule rule = weightRule("unet.mid_block", WeightFormat::Int4);
        rule.timesteps = {{0, 200}};
        const Recipe recipe = edited({rule}, WeightFormat::Fp16, {});
        QVERIFY(!quant::resolve(recipe, support::sampleModel()).variesOverTime());
        QCOMPARE(recipe.rules.size(), std::size_t{1});
    }

    void aReasonIsKeptUntilAnotherIsGiven() {
        const ldm::ModelInfo model = support::sampleModel();
        Recipe recipe = quant::withBlockFormat({}, model, {"unet.mid_block"}, WeightFormat::Int4, {}, "first");
        recipe = quant::withBlockFormat(recipe, model, {"unet.mid_block"}, {}, ActivationFormat::Int16);
        QCOMPARE(recipe.rules.back().why, std::string("first"));
        recipe = quant::withBlockFormat(recipe, model, {"unet.mid_block"}, {}, ActivationFormat::Fp16, "second");
        QCOMPARE(recipe.rules.back().why, std::string("second"));
    }

    void severalBlocksAreSetAtOnce() {
        const ldm::ModelInfo model = support::sampleModel();
        const Recipe recipe =
            quant::withBlockFormat({}, model, {"unet.conv_in", "unet.conv_out"}, WeightFormat::Int4, {});
        const Plan plan = quant::resolve(recipe, model);
        for (std::size_t layer = 0; layer < model.layers.size(); ++layer)
            QVERIFY((plan.at(0)[layer].weights == WeightFormat::Int4) == (layer == 0 || layer == 5));
        QVERIFY(quant::withBlockFormat(recipe, model, {}, WeightFormat::Fp16, {}) == recipe);
        QVERIFY(quant::withBlockFormat(recipe, model, {"unet.conv_in"}, {}, {}) == recipe);
    }

    void unknownBlocksCannotBeEdited() {
        QVERIFY(!failureOf(ldm::ErrorKind::BadInput, [] {
                     quant::withBlockFormat({}, support::sampleModel(), {"unet.mid"}, WeightFormat::Int4, {});
                 }).empty());
    }

    void aBlockHasAFormatWhereItsLayersAgree() {
        const ldm::ModelInfo model = support::sampleModel();
        Rule early = activationRule("unet.conv_out", ActivationFormat::Int16);
        early.timesteps = {{900, 999}};
        const Plan plan = quant::resolve(recipeOf({weightRule("unet.**.to_k", WeightFormat::Int4), early}), model);
        QVERIFY((quant::blockFormat(plan, model, 0) == quant::BlockFormat{WeightFormat::Int8, ActivationFormat::Int8}));
        QVERIFY((quant::blockFormat(plan, model, 1) == quant::BlockFormat{{}, ActivationFormat::Int8}));
        QVERIFY((quant::blockFormat(plan, model, 3) == quant::BlockFormat{WeightFormat::Int8, {}}));
    }

private:
    static Recipe edited(std::vector<Rule> rules, std::optional<WeightFormat> weights,
                         std::optional<ActivationFormat> activations) {
        return quant::withBlockFormat(recipeOf(std::move(rules)), support::sampleModel(), {"unet.mid_block"}, weights,
                                      activations);
    }
};

NOISEFLOOR_TEST(PlanTest)
#include "tst_plan.moc"
