#include "ldm/failures.h"
#include "quant/samplemodel.h"
#include "support/testmain.h"

#include <quant/recipe.h>

#include <QTemporaryDir>
#include <QTest>

using quant::ActivationFormat;
using quant::Recipe;
using quant::WeightFormat;
using support::contains;
using support::failureOf;

namespace {

constexpr const char* kComplete = R"({"noisefloor_recipe": 1,
 "name": "w8 with protected tail",
 "model": {"name": "emoji-ldm", "fingerprint": "sha256:12ab"},
 "default": {"weights": "int8", "activations": "int8"},
 "rules": [
    {"match": "unet.up_blocks.2.**", "activations": "int16", "why": "accumulated SQNR 11.8 dB"},
    {"match": "unet.conv_out", "weights": "fp16", "activations": "fp16"},
    {"match": "unet.**.time_emb_proj", "activations": "fp16", "timesteps": [0, 200]}],
 "smoothing": {"alpha": 0.5, "modules": ["unet.down_blocks.0.resnets.0.conv1"]},
 "calibration": {"prompts": "resources/prompts/default.txt", "steps": "first", "range": "minmax", "file": "x.calib.safetensors"},
 "provenance": {"analysis": "x.analysis.json", "metric": "accumulated", "seed": 0, "version": "0.1.0"}}
)";

Recipe complete() {
    Recipe recipe;
    recipe.name = "w8 with protected tail";
    recipe.model = {"emoji-ldm", "sha256:12ab"};
    recipe.base = {WeightFormat::Int8, ActivationFormat::Int8};
    recipe.rules = {{"unet.up_blocks.2.**", {}, ActivationFormat::Int16, {}, "accumulated SQNR 11.8 dB"},
                    {"unet.conv_out", WeightFormat::Fp16, ActivationFormat::Fp16, {}, ""},
                    {"unet.**.time_emb_proj", {}, ActivationFormat::Fp16, {{0, 200}}, ""}};
    recipe.smoothing = {0.5, {{"unet.down_blocks.0.resnets.0.conv1", {}}}};
    recipe.calibration.steps = "first";
    recipe.calibration.file = "x.calib.safetensors";
    recipe.provenance = {"x.analysis.json", "accumulated", 0, "0.1.0"};
    return recipe;
}

/// A recipe whose fourth line is given.
std::string withLine(const char* line) {
    return std::string("{\"noisefloor_recipe\": 1,\n \"default\": {\"weights\": \"int8\",\n \"activations\": "
                       "\"int8\"}\n") +
           line + "}";
}

} // namespace

class RecipeTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aCompleteRecipeIsReadWhole() { QVERIFY(quant::parseRecipe(kComplete, "r.json") == complete()); }

    void whatIsWrittenReadsAsTheFormatShowsIt() {
        QCOMPARE(QString::fromStdString(quant::toJson(complete())), QString(kComplete));
    }

    void treatmentsAreReadBack() {
        Recipe recipe = complete();
        recipe.smoothing = {std::nullopt, {{"unet.conv_in", 0.25}, {"unet.**.to_q", {}}}};
        recipe.errorFeedback = quant::ErrorFeedback{{"unet.mid_block", "unet.**.ff.**"}};
        recipe.lowRank = quant::LowRank{32, {"unet.**.attn1.*"}};
        recipe.splitSkips = true;
        recipe.precomputedTimeEmbedding = true;
        const std::string text = quant::toJson(recipe);
        for (const char* part :
             {"\n \"smoothing\": {\"modules\": [{\"match\": \"unet.conv_in\", \"alpha\": 0.25}, \"unet.**.to_q\"]},\n",
              "\n \"error_feedback\": {\"modules\": [\"unet.mid_block\", \"unet.**.ff.**\"]},\n",
              "\n \"low_rank\": {\"rank\": 32, \"modules\": [\"unet.**.attn1.*\"]},\n", "\n \"split_skips\": true,\n",
              "\n \"precomputed_time_embedding\": true,\n"})
            QVERIFY2(contains(text, part), text.c_str());
        QVERIFY(quant::parseRecipe(text, "r.json") == recipe);
    }

    void theLeastRecipeNamesVersionAndDefault() {
        const Recipe recipe = quant::parseRecipe(
            R"({"noisefloor_recipe": 1, "default": {"weights": "int4", "activations": "fp32"}})", "r.json");
        Recipe expected;
        expected.base = {WeightFormat::Int4, ActivationFormat::Fp32};
        QVERIFY(recipe == expected);
        QVERIFY(quant::parseRecipe(quant::toJson(expected), "r.json") == expected);
    }

    void textsOfAllKindsAreReadBack() {
        Recipe recipe = complete();
        recipe.name = "\"quoted\\\" \n\t \xC3\xA4 \xF0\x9F\x98\x80";
        recipe.rules[0].why = "";
        recipe.rules[0].weights = WeightFormat::Fp8E4M3;
        recipe.smoothing = {1.0 / 3, {}};
        recipe.provenance = {"", "", -5, ""};
        recipe.calibration = {};
        recipe.calibration.prompts.clear();
        QVERIFY(quant::parseRecipe(quant::toJson(recipe), "r.json") == recipe);
        recipe.rules.clear();
        recipe.smoothing.reset();
        recipe.provenance = {};
        QVERIFY(quant::parseRecipe(quant::toJson(recipe), "r.json") == recipe);
    }

    void calibrationsOfEveryKindAreReadBack() {
        Recipe recipe;
        QVERIFY(!contains(quant::toJson(recipe), "intervals") && !contains(quant::toJson(recipe), "percentile"));
        recipe.calibration.intervals = 8;
        recipe.calibration.range = "mse";
        QVERIFY(quant::parseRecipe(quant::toJson(recipe), "r.json") == recipe);
        recipe.calibration.range = "percentile";
        recipe.calibration.percentile = 99.9;
        QVERIFY2(contains(quant::toJson(recipe), "\"range\": \"percentile\", \"percentile\": 99.9, \"intervals\": 8"),
                 quant::toJson(recipe).c_str());
        QVERIFY(quant::parseRecipe(quant::toJson(recipe), "r.json") == recipe);
    }

    void mergedLorasAreRemembered() {
        Recipe recipe = complete();
        recipe.model.loras = {{"paper cut", "sha256:34cd", 0.1}, {"no fingerprint", "", -1}};
        const std::string text = quant::toJson(recipe);
        QVERIFY2(contains(text, "\"loras\": [{\"name\": \"paper cut\", \"fingerprint\": \"sha256:34cd\", \"weight\": "
                                "0.1}, {\"name\": \"no fingerprint\", \"weight\": -1.0}]}"),
                 text.c_str());
        QVERIFY(quant::parseRecipe(text, "r.json") == recipe);
    }

    void aModelIsReferredToWithItsLoras() {
        ldm::ModelInfo model;
        model.name = "tiny";
        model.fingerprint = "sha256:12ab";
        model.loras = {{"paper cut", "sha256:34cd", 0.5, 3}};
        const quant::ModelRef expected{"tiny", "sha256:12ab", {{"paper cut", "sha256:34cd", 0.5}}};
        QVERIFY(quant::modelRef(model) == expected);
    }

    void textThatIsNotUtf8IsNotWritten() {
        Recipe recipe;
        recipe.name = "\xFF";
        QVERIFY(contains(failureOf(ldm::ErrorKind::BadInput, [&] { quant::toJson(recipe); }), "UTF-8"));
    }

    void savedRecipesAreLoaded() {
        const QTemporaryDir folder;
        const std::filesystem::path file = folder.filePath("a.recipe.json").toStdString();
        quant::saveRecipe(complete(), file);
        QVERIFY(quant::loadRecipe(file) == complete());
        support::put(file, "{\n1}");
        const std::string said = failureOf(ldm::ErrorKind::BadInput, [&] { quant::loadRecipe(file); });
        QVERIFY2(contains(said, file.string() + ":2:1: "), said.c_str());
    }

    void faultsAreNamedWithTheirLine_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<int>("line");
        QTest::addColumn<QByteArray>("part");
        const auto text = [](const char* name, const std::string& json, int line, const char* part) {
            QTest::newRow(name) << QByteArray::fromStdString(json) << line << QByteArray(part);
        };
        text("empty", "", 1, "not valid JSON (unexpected end of input");
        text("only blank lines", "\n\n", 1, "not valid JSON");
        text("no object", "[\n]", 1, "must be an object");
        text("no version", "\n\n{}", 3, "no key 'noisefloor_recipe'");
        text("newer version", "{\n\"noisefloor_recipe\": 2}", 2, "version 2");
        text("version is text", "{\n\n\"noisefloor_recipe\":\n\"1\"}", 4, "whole number");
        text("no default", "{\"noisefloor_recipe\": 1\n}", 1, "no key 'default'");
        text("half a default", "{\"noisefloor_recipe\": 1,\n\"default\":\n {\"weights\": \"int8\"}}", 3,
             "'activations'");
        text("text behind the end", withLine("") + "\n\n x", 6, "not valid JSON");
        text("unclosed", withLine(" ,\"rules\": [") + "\n", 4, "not valid JSON");

        const auto row = [&](const char* name, const char* line, const char* part) {
            text(name, withLine(line), 4, part);
        };
        row("unknown key", ",\"ruels\": []", "did you mean 'rules'");
        row("duplicate key", ",\"default\": {}", "after line 2");
        row("trailing comma", ",", "not valid JSON");
        row("number for text", ",\"name\": 5", "'name' must be a text");
        row("number at the end of a line", ",\"name\": 5\n\n\n", "'name' must be a text");
        row("null for text", ",\"name\": null", "'name' must be a text");
        row("object for a list", ",\"rules\": {}", "'rules' must be a list");
        row("LoRAs are no list", ",\"model\": {\"loras\": {}}", "'loras' must be a list");
        row("LoRA without name", ",\"model\": {\"loras\": [{\"weight\": 1}]}", "no key 'name'");
        row("LoRA without weight", ",\"model\": {\"loras\": [{\"name\": \"a\"}]}", "no key 'weight'");
        row("weight is text", ",\"model\": {\"loras\": [{\"name\": \"a\", \"weight\": \"1\"}]}", "'weight' must be");
        row("unknown key of a LoRA", ",\"model\": {\"loras\": [{\"name\": \"a\", \"wait\": 1}]}", "did you mean");
        row("rule is no object", ",\"rules\": [3]", "a rule must be an object");
        row("rule without match", ",\"rules\": [{\"weights\": \"int8\"}]", "no key 'match'");
        row("rule with empty match", ",\"rules\": [{\"match\": \"\", \"weights\": \"int8\"}]", "'match' is empty");
        row("rule without effect", ",\"rules\": [{\"match\": \"unet.conv_in\"}]", "sets nothing");
        row("unknown key of a rule", ",\"rules\": [{\"match\": \"a\", \"weight\": \"int8\"}]",
            "did you mean 'weights'");
        row("unknown weight format", ",\"rules\": [{\"match\": \"a\", \"weights\": \"int16\"}]",
            "'int16' is no format for weights; use 'fp32', ");
        row("unknown activation format", ",\"rules\": [{\"match\": \"a\", \"activations\": \"int5\"}]",
            "is no format for activations");
        row("one timestep", ",\"rules\": [{\"match\": \"a\", \"weights\": \"int8\", \"timesteps\": [1]}]",
            "two numbers");
        row("late timestep", ",\"rules\": [{\"match\": \"a\", \"weights\": \"int8\", \"timesteps\": [1, 1000]}]",
            "timestep 1000 is outside");
        row("broken timestep", ",\"rules\": [{\"match\": \"a\", \"weights\": \"int8\", \"timesteps\": [1, 2.5]}]",
            "whole number");
        row("huge timestep",
            ",\"rules\": [{\"match\": \"a\", \"weights\": \"int8\", \"timesteps\": [1, 18446744073709551615]}]",
            "whole number");
        row("descending timesteps", ",\"rules\": [{\"match\": \"a\", \"weights\": \"int8\", \"timesteps\": [2, 1]}]",
            "must ascend");
        row("unknown model key", ",\"model\": {\"hash\": \"\"}", "unknown key 'hash' in 'model'");
        row("alpha too large", ",\"smoothing\": {\"alpha\": 1.5, \"modules\": []}", "between 0 and 1");
        row("smoothing without modules", ",\"smoothing\": {\"alpha\": 1}", "no key 'modules'");
        row("alpha of a module", ",\"smoothing\": {\"modules\": [{\"match\": \"a\", \"alpha\": -0.1}]}",
            "between 0 and 1");
        row("alpha is text", ",\"smoothing\": {\"alpha\": \"search\", \"modules\": []}", "'alpha' must be a number");
        row("smoothed module without match", ",\"smoothing\": {\"modules\": [{\"alpha\": 0.1}]}", "no key 'match'");
        row("smoothed module is no name", ",\"smoothing\": {\"modules\": [7]}", "a smoothed module must be");
        row("feedback without modules", ",\"error_feedback\": {}", "no key 'modules'");
        row("feedback of a number", ",\"error_feedback\": {\"modules\": [1]}", "in double quotes");
        row("rank zero", ",\"low_rank\": {\"rank\": 0, \"modules\": []}", "between 1 and 1024");
        row("rank too large", ",\"low_rank\": {\"rank\": 1025, \"modules\": []}", "between 1 and 1024");
        row("broken rank", ",\"low_rank\": {\"rank\": 1.5, \"modules\": []}", "whole number");
        row("split is no answer", ",\"split_skips\": 1", "true or false");
        row("unknown treatment", ",\"precomputed_time_embeding\": true", "'precomputed_time_embedding'");
        row("unknown steps", ",\"calibration\": {\"steps\": \"last\"}", "use 'first' or 'all'");
        row("unknown range", ",\"calibration\": {\"range\": \"max\"}", "use 'minmax', 'percentile' or 'mse'");
        row("percentile of another range", ",\"calibration\": {\"percentile\": 99}", "set 'range' to 'percentile'");
        row("percentile too low", ",\"calibration\": {\"range\": \"percentile\", \"percentile\": 50}", "above 50");
        row("percentile too high", ",\"calibration\": {\"range\": \"percentile\", \"percentile\": 101}", "above 50");
        row("no intervals", ",\"calibration\": {\"intervals\": 0}", "between 1 and 100");
        row("too many intervals", ",\"calibration\": {\"intervals\": 101}", "between 1 and 100");
        row("half an interval", ",\"calibration\": {\"intervals\": 1.5}", "'intervals'");
        row("seed is text", ",\"provenance\": {\"seed\": \"0\"}", "'seed' must be a whole number");
        row("number too large to read", ",\"provenance\": {\"seed\": 1e999}", "not valid JSON");
        row("line break in a text", ",\"name\": \"a\nb\"", "not valid JSON");
        row("bare word", ",\"name\": nul", "not valid JSON");
    }

    void faultsAreNamedWithTheirLine() {
        QFETCH(QByteArray, text);
        QFETCH(int, line);
        QFETCH(QByteArray, part);
        const std::string said =
            failureOf(ldm::ErrorKind::BadInput, [&] { quant::parseRecipe(text.toStdString(), "dir/r.json"); });
        QVERIFY2(said.starts_with("dir/r.json:" + std::to_string(line) + ":"), said.c_str());
        QVERIFY2(contains(said, part.toStdString()), said.c_str());
        QVERIFY2(said.ends_with("."), said.c_str());
    }

    void deepNestingIsRefusedWithoutFollowingIt() {
        const std::string said = failureOf(ldm::ErrorKind::BadInput, [] {
            quant::parseRecipe(withLine((",\"rules\":\n" + std::string(1'000'000, '[')).c_str()), "r.json");
        });
        QVERIFY2(said.starts_with("r.json:5:16: ") && contains(said, "levels"), said.c_str());
    }

    void faultsAreNamedWithTheirColumn_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("place");
        QTest::newRow("a word") << QByteArray("{\"name\": tru}") << QByteArray("1:10");
        QTest::newRow("a value of another kind")
            << QByteArray("{\n  \"noisefloor_recipe\":  \"1\"}") << QByteArray("2:25");
        QTest::newRow("a number before a bracket") << QByteArray("{\"noisefloor_recipe\": 7}") << QByteArray("1:23");
        QTest::newRow("a number before a comma")
            << QByteArray("{\"noisefloor_recipe\": 7, \"name\": \"a\"}") << QByteArray("1:23");
        QTest::newRow("a key behind an escaped quote")
            << QByteArray("{\"noisefloor_recipe\": 1, \"name\": \"a \\\" b\", \"nom\": 1}") << QByteArray("1:44");
        QTest::newRow("not closed") << QByteArray("{\"name\": \"a\"\n") << QByteArray("1:10");
    }
    void faultsAreNamedWithTheirColumn() {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, place);
        const std::string said =
            failureOf(ldm::ErrorKind::BadInput, [&] { quant::parseRecipe(text.toStdString(), "r.json"); });
        QVERIFY2(said.starts_with("r.json:" + place.toStdString() + ": "), said.c_str());
    }

    void manyBlocksAreEditedAsOneAfterTheOther() {
        const ldm::ModelInfo model = support::sampleModel();
        Recipe recipe;
        recipe.base = quant::parseFormat("w8a8");
        recipe.rules = {{"unet.**", quant::WeightFormat::Int4, std::nullopt, std::array{500, 999}, "early"}};
        std::vector<std::string> blocks;
        for (const ldm::BlockInfo& block : model.blocks) blocks.push_back(block.id);
        Recipe oneByOne = recipe;
        for (const std::string& block : blocks)
            oneByOne =
                quant::withBlockFormat(std::move(oneByOne), model, {block}, quant::WeightFormat::Fp16, {}, "why");
        const Recipe together = quant::withBlockFormat(recipe, model, blocks, quant::WeightFormat::Fp16, {}, "why");
        QVERIFY(together == oneByOne);
        QCOMPARE(together.rules.size(), blocks.size() + 1);
        const Recipe back = quant::withBlockFormat(together, model, blocks, quant::WeightFormat::Int8, {});
        for (const ldm::BlockInfo& block : model.blocks)
            QVERIFY(quant::blockFormat(quant::resolve(back, model), model, int(&block - model.blocks.data())).weights ==
                    quant::WeightFormat::Int8);
    }

    void textThatIsNotUtf8IsRefused() {
        QVERIFY(contains(failureOf(ldm::ErrorKind::BadInput, [] { quant::parseRecipe("{\"\xFF\": 1}", "r.json"); }),
                         "UTF-8"));
    }
};

NOISEFLOOR_TEST(RecipeTest)
#include "tst_recipe.moc"
