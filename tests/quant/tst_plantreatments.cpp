#include "ldm/failures.h"
#include "quant/samplemodel.h"
#include "support/testmain.h"

#include <quant/cost.h>
#include <quant/recipe.h>

#include <QTest>

using quant::ActivationFormat;
using quant::Plan;
using quant::PlannedTreatment;
using quant::Recipe;
using quant::WeightFormat;
using support::contains;
using support::failureOf;

namespace {

constexpr const char* kQuery = "unet.down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q";

Plan planned(const Recipe& recipe) {
    return quant::resolve(recipe, support::sampleModel());
}

std::string refusal(const Recipe& recipe) {
    return failureOf(ldm::ErrorKind::BadInput, [&] { planned(recipe); });
}

Recipe withLowRank(int rank, std::vector<std::string> modules) {
    Recipe recipe;
    recipe.lowRank = quant::LowRank{rank, std::move(modules)};
    return recipe;
}

/// Two layers that read a concatenation of 5 and 3 channels, one that knows the timestep alone, and one that does not.
ldm::ModelInfo upModel() {
    std::vector<ldm::LayerInfo> layers{
        support::layer("unet.time_embedding.linear_1", "unet.time_embedding", {4, 2}, 1, ldm::Domain::Vector),
        support::layer("unet.add_embedding.linear_1", "unet.time_embedding", {4, 2}, 1, ldm::Domain::Vector),
        support::layer("unet.up_blocks.0.resnets.0.conv1", "unet.up_blocks.0.0", {6, 8, 3, 3}),
        support::layer("unet.up_blocks.0.resnets.0.conv_shortcut", "unet.up_blocks.0.0", {6, 8, 1, 1})};
    layers[0].ofTimestepAlone = true;
    layers[2].skipStart = layers[3].skipStart = 5;
    return support::modelOf(std::move(layers));
}

} // namespace

class PlanTreatmentsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void recipesWithoutTreatmentsPlanNone() { QVERIFY(planned({}).treated.empty()); }

    void smoothedModulesTakeTheirOwnAlphaOrThatOfAll() {
        Recipe recipe;
        recipe.smoothing = quant::Smoothing{0.5, {{"unet.**.to_*", {}}, {kQuery, 0.75}}};
        const Plan plan = planned(recipe);
        QCOMPARE(plan.treated.size(), std::size_t{3});
        QCOMPARE(plan.treated[0].layer, 1);
        QVERIFY(plan.treated[0].smoothed && plan.treated[0].alpha == 0.75);
        QVERIFY(plan.treated[1].smoothed && plan.treated[1].alpha == 0.5);
        recipe.smoothing->alpha.reset();
        QVERIFY(!planned(recipe).treated[1].alpha);
        QVERIFY(planned(recipe).treatmentOf(1)->needsInputs());
        QVERIFY(!planned(recipe).treatmentOf(0));
    }

    void modulesThatDoNotExistAreNamedWithNearOnes() {
        Recipe recipe;
        recipe.smoothing = quant::Smoothing{0.5, {{"unet.conv_im", {}}}};
        QVERIFY2(contains(refusal(recipe), "'smoothing'") && contains(refusal(recipe), "'unet.conv_in'"),
                 refusal(recipe).c_str());
        recipe.smoothing.reset();
        recipe.errorFeedback = quant::ErrorFeedback{{"unet.conv_uot"}};
        QVERIFY2(contains(refusal(recipe), "'error_feedback'") && contains(refusal(recipe), "'unet.conv_out'"),
                 refusal(recipe).c_str());
        QVERIFY2(contains(refusal(withLowRank(2, {"unet.mid_block.*.*.*.*"})), "matches no layer"),
                 refusal(withLowRank(2, {"unet.mid_block.*.*.*.*"})).c_str());
    }

    void errorFeedbackIsForWeightsOfFourBits() {
        Recipe recipe;
        recipe.errorFeedback = quant::ErrorFeedback{{"unet.**"}};
        QVERIFY(planned(recipe).treated.empty());
        QCOMPARE(planned(recipe).warnings.size(), std::size_t{1});
        recipe.rules = {{"unet.conv_in", WeightFormat::Int4, {}, {}, ""},
                        {"unet.conv_out", WeightFormat::Int4G32, {}, {{0, 99}}, ""}};
        const Plan plan = planned(recipe);
        QVERIFY(plan.warnings.empty());
        QCOMPARE(plan.treated.size(), std::size_t{2});
        QVERIFY(plan.treated[0].errorFeedback && plan.treated[0].formats.size() == 1);
        QVERIFY(plan.treated[1].errorFeedback && plan.treated[1].formats.size() == 2);
    }

    void layersTooSmallForTheRankAreLeftOutAndNamed() {
        const Plan plan = planned(withLowRank(4, {"unet.**"}));
        QCOMPARE(plan.treated.size(), std::size_t{4}); // conv_in, q, k and v; the rest have 3 columns and 4 rows
        QCOMPARE(plan.warnings.size(), std::size_t{2});
        QVERIFY2(contains(plan.warnings[1], "unet.conv_out") && contains(plan.warnings[1], "rank 4"),
                 plan.warnings[1].c_str());
        QVERIFY2(contains(refusal(withLowRank(8, {"unet.**"})), "rank 8"),
                 refusal(withLowRank(8, {"unet.**"})).c_str());
    }

    void lowRankIsForWeightsOfFewBits() {
        Recipe recipe = withLowRank(2, {"unet.conv_in", "unet.conv_out"});
        recipe.rules = {{"unet.conv_in", WeightFormat::Fp16, {}, {}, ""}};
        const Plan plan = planned(recipe);
        QCOMPARE(plan.treated.size(), std::size_t{1});
        QCOMPARE(plan.treated[0].rank, 2);
        QCOMPARE(plan.treated[0].layer, 5);
    }

    void readersOfAConcatenationAreSplitWhereTheSkipBegins() {
        Recipe recipe;
        recipe.splitSkips = true;
        const Plan plan = quant::resolve(recipe, upModel());
        QCOMPARE(plan.treated.size(), std::size_t{2});
        QCOMPARE(plan.treated[0].splitAt, std::int64_t{5});
        QCOMPARE(plan.treated[0].splitInput, 4);
        QCOMPARE(plan.treated[1].splitInput, 5);
        QVERIFY(!plan.treated[0].needsInputs());
    }

    void whatDependsOnTheTimestepAloneIsExactAndNothingElse() {
        Recipe recipe;
        recipe.precomputedTimeEmbedding = true;
        recipe.smoothing = quant::Smoothing{0.5, {{"unet.time_embedding", {}}}};
        const Plan plan = quant::resolve(recipe, upModel());
        QCOMPARE(plan.treated.size(), std::size_t{2});
        QVERIFY(plan.treated[0].exact && !plan.treated[0].smoothed);
        QVERIFY(!plan.treated[1].exact && plan.treated[1].smoothed);
        recipe.smoothing.reset();
        QCOMPARE(planned(recipe).warnings.size(), std::size_t{1}); // no such layer
    }

    void theNetworkSaysWhereSkipsBegin() {
        const ldm::ModelInfo model = ldm::Model::open("emoji-ldm").info();
        for (const ldm::LayerInfo& layer : model.layers) {
            const bool readsSkip = layer.name.starts_with("unet.up_blocks.") &&
                                   (layer.name.ends_with(".conv1") || layer.name.ends_with(".conv_shortcut"));
            QVERIFY2((layer.skipStart > 0) == readsSkip, layer.name.c_str());
            QVERIFY2(layer.skipStart < layer.weightShape[1], layer.name.c_str());
            const bool ofTime = layer.name.starts_with("unet.time_embedding.") || layer.name.ends_with("time_emb_proj");
            QVERIFY2(layer.ofTimestepAlone == ofTime, layer.name.c_str());
        }
        // Channels of the stages are 64, 128, 192; the way up begins at 192 with a skip of as many.
        const auto startOf = [&](const char* name) {
            return model.layers[static_cast<std::size_t>(model.layerIndex(name))].skipStart;
        };
        QCOMPARE(startOf("unet.up_blocks.0.resnets.0.conv1"), 192);
        QCOMPARE(startOf("unet.up_blocks.1.resnets.0.conv1"), 192);
        QCOMPARE(startOf("unet.up_blocks.1.resnets.1.conv_shortcut"), 128);
        QCOMPARE(startOf("unet.up_blocks.2.resnets.2.conv1"), 64);
    }

    void treatmentsCost() {
        const ldm::ModelInfo model = support::sampleModel(); // 8 x 4 latent positions, conv_in 8 x 36
        const quant::Cost plain = quant::cost(planned({}), model);
        const quant::Cost lowRank = quant::cost(planned(withLowRank(3, {"unet.conv_in"})), model);
        QCOMPARE(lowRank.bytes, plain.bytes + 2 * 3 * (8 + 36));
        QCOMPARE(lowRank.bops, plain.bops + 32.0 * 3 * (8 + 36) * 16 * 16);
        Recipe smoothed;
        smoothed.smoothing = quant::Smoothing{0.5, {{"unet.conv_in", {}}}};
        QCOMPARE(quant::cost(planned(smoothed), model).bytes, plain.bytes + 4 * 4);
        QCOMPARE(quant::cost(planned(smoothed), model).bops, plain.bops);
    }

    void aPrecomputedTimeEmbeddingCostsATable() {
        const ldm::ModelInfo model = upModel();
        Recipe recipe;
        const quant::Cost plain = quant::cost(quant::resolve(recipe, model), model);
        recipe.precomputedTimeEmbedding = true;
        const quant::Cost table = quant::cost(quant::resolve(recipe, model), model);
        QCOMPARE(table.bytes, plain.bytes - (8 + 4 * 4) + 4 * 4 * quant::kTableSteps);
        QCOMPARE(table.bops, plain.bops - 8.0 * 8 * 8);
    }
};

NOISEFLOOR_TEST(PlanTreatmentsTest)
#include "tst_plantreatments.moc"
