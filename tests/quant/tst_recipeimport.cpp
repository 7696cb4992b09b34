#include "ldm/failures.h"
#include "quant/samplemodel.h"
#include "support/testmain.h"

#include <quant/recipeimport.h>

#include <QTemporaryDir>
#include <QTest>

#include <algorithm>

using quant::ActivationFormat;
using quant::Format;
using quant::ImportedRecipe;
using quant::RecipeKind;
using quant::WeightFormat;
using support::contains;
using support::failureOf;
using support::layer;

namespace {

const std::string kAttention = "unet.down_blocks.0.attentions.0.transformer_blocks.0.attn1.";

/// The beginning, middle and end of a UNet of SD 1.x, in its true sizes.
ldm::ModelInfo paperModel() {
    ldm::ModelInfo model = support::modelOf(
        {layer("unet.conv_in", "unet.conv_in", {320, 4, 3, 3}),
         layer("unet.time_embedding.linear_1", "unet.time_embedding", {1280, 320}, 1, ldm::Domain::Vector),
         layer("unet.down_blocks.0.resnets.0.conv1", "unet.down_blocks.0.0", {320, 320, 3, 3}),
         layer(kAttention + "to_q", "unet.down_blocks.0.0", {320, 320}),
         layer(kAttention + "to_k", "unet.down_blocks.0.0", {320, 320}),
         layer(kAttention + "to_v", "unet.down_blocks.0.0", {320, 320}),
         layer("unet.mid_block.attentions.0.transformer_blocks.0.ff.net.2", "unet.mid_block", {1280, 5120}),
         layer("unet.conv_out", "unet.conv_out", {4, 320, 3, 3})});
    for (ldm::LayerInfo& info : model.layers) info.storedAs = "F16";
    return model;
}

std::vector<Format> formatsOf(const ImportedRecipe& imported, const ldm::ModelInfo& model) {
    return quant::resolve(imported.recipe, model).segments.front().formats;
}

std::vector<std::string> weightsOf(const ImportedRecipe& imported, const ldm::ModelInfo& model) {
    std::vector<std::string> names;
    for (const Format format : formatsOf(imported, model)) names.emplace_back(quant::nameOf(format.weights));
    return names;
}

std::string joined(const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& line : lines) text += line + "\n";
    return text;
}

constexpr const char* kApple = R"({"model_version": "runwayml/stable-diffusion-v1-5",
 "baselines": {"original": 82.2},
 "single_layer": {"4": {"metadata": {"nbits": 4}, "conv_in": [71.2, 70.0]}},
 "recipes": {
  "recipe_6.50_bit_mixedpalette": {"down_blocks.0.resnets.0.conv1": 8,
   "mid_block.attentions.0.transformer_blocks.0.ff.net.2": 6, "time_embedding.linear_1": 16},
  "recipe_2.80_bit_mixedpalette": {"down_blocks.0.resnets.0.conv1": 6,
   "down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q": 2,
   "down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_k": 2,
   "down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_v": 1,
   "mid_block.attentions.0.transformer_blocks.0.ff.net.2": 4}}}
)";

} // namespace

class RecipeImportTest : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

    std::filesystem::path file(const char* name, std::string_view content) const {
        const std::filesystem::path path = m_folder.filePath(name).toStdString();
        support::put(path, content);
        return path;
    }
    ImportedRecipe imported(std::string_view content, const std::string& part = {}) const {
        return quant::importRecipe({file("recipe", content), part}, paperModel());
    }
    std::string refusal(std::string_view content, const std::string& part = {}) const {
        return failureOf(ldm::ErrorKind::BadInput, [&] { imported(content, part); });
    }

private Q_SLOTS:
    void theKindIsToldByContent() {
        const auto kind = [this](const char* text) { return quant::inspectRecipeFile(file("kind", text)).kind; };
        QCOMPARE(kind("{\"noisefloor_recipe\": 1}"), RecipeKind::Noisefloor);
        QCOMPARE(kind("# bits\nmodel.conv_in: 8 # not a=f16\n"), RecipeKind::MixDq);
        QCOMPARE(kind("^vae\\.=f16,model\\.=q8_0\n"), RecipeKind::TensorTypeRules);
        QCOMPARE(kind(kApple), RecipeKind::Apple);
        const std::vector<std::string> recipes = quant::inspectRecipeFile(file("kind", kApple)).recipes;
        QVERIFY(recipes == (std::vector<std::string>{"recipe_6.50_bit_mixedpalette", "recipe_2.80_bit_mixedpalette"}));
    }

    void aPartStandsBehindAColonUnlessTheFileIsCalledSo() {
        const std::string plain = file("a.json", kApple).string();
        QCOMPARE(quant::recipeSource(plain + ":recipe 2").file.string(), plain);
        QCOMPARE(quant::recipeSource(plain + ":recipe 2").part, std::string("recipe 2"));
        QCOMPARE(quant::recipeSource(plain).part, std::string());
        const std::string odd = file("a.json:b", kApple).string();
        QCOMPARE(quant::recipeSource(odd).file.string(), odd);
        QCOMPARE(quant::recipeSource(odd + ":c:d").part, std::string("b:c:d"));
        QCOMPARE(quant::recipeSource("/no/such:file").file.string(), std::string("/no/such:file"));
    }

    void ownRecipesAreReadAsEver() {
        const ImportedRecipe read =
            imported("{\"noisefloor_recipe\": 1, \"name\": \"mine\", \"default\": {\"weights\": "
                     "\"int4\", \"activations\": \"int8\"}}");
        QCOMPARE(read.recipe.name, std::string("mine"));
        QVERIFY(read.notes.empty());
        QVERIFY(contains(refusal("{\"noisefloor_recipe\": 1,\n \"name\": 3}"), "recipe:2:"));
        QVERIFY(contains(refusal("{\"noisefloor_recipe\": 1, \"default\": {\"weights\": \"int4\", \"activations\": "
                                 "\"int8\"}}",
                                 "b"),
                         "holds one recipe"));
    }

    void bitsOfAnAppleRecipeBecomeFormats() {
        const ImportedRecipe read = imported(kApple, "recipe_2.80_bit_mixedpalette");
        QCOMPARE(joined(weightsOf(read, paperModel())),
                 std::string("fp16\nfp16\nint8\nint4\nint4\nint4\nint4\nfp16\n"));
        QCOMPARE(read.recipe.name, std::string("recipe_2.80_bit_mixedpalette"));
        QCOMPARE(read.recipe.model.fingerprint, paperModel().fingerprint);
        const std::string notes = joined(read.notes);
        QVERIFY2(contains(notes, "6-bit weights become int8, the nearest there is, in 1 layer\n"), notes.c_str());
        QVERIFY2(contains(notes, "2-bit weights become int4, the nearest there is, in 2 layers\n"), notes.c_str());
        QVERIFY2(contains(notes, "1-bit weights become int4, the nearest there is, in 1 layer\n"), notes.c_str());
        QVERIFY2(contains(notes, "palettes"), notes.c_str());
        for (const Format format : formatsOf(read, paperModel())) QCOMPARE(format.activations, ActivationFormat::Fp32);
    }

    void sixBitsAreABlockTypeWhereRowsAllowIt() {
        const ImportedRecipe read = imported(kApple, "recipe_6.50_bit_mixedpalette");
        QCOMPARE(joined(weightsOf(read, paperModel())),
                 std::string("fp16\nfp16\nint8\nfp16\nfp16\nfp16\nq6_k\nfp16\n"));
    }

    void ofSeveralAppleRecipesOneIsToBeChosen() {
        for (const std::string part : {"", "recipe_3.00_bit_mixedpalette"}) {
            const std::string sentence = refusal(kApple, part);
            QVERIFY2(contains(sentence, "2 recipes"), sentence.c_str());
            QVERIFY2(contains(sentence, "'recipe_6.50_bit_mixedpalette' or 'recipe_2.80_bit_mixedpalette'"),
                     sentence.c_str());
        }
        const ImportedRecipe only = imported("{\"recipes\": {\"r\": {\"conv_in\": 8}}}");
        QCOMPARE(only.recipe.name, std::string("r"));
    }

    void equalLayersOfABlockShareOneRule() {
        const ImportedRecipe read = imported("model.down_blocks.0.resnets.0.conv1: 8\n"
                                             "model.down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q: 4\n"
                                             "model.down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_k: 4\n"
                                             "model.down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_v: 4\n");
        QCOMPARE(read.recipe.base.weights, WeightFormat::Fp16);
        QCOMPARE(read.recipe.rules.size(), std::size_t{2});
        QCOMPARE(read.recipe.rules[0].match, std::string("unet.down_blocks.0.0"));
        QCOMPARE(*read.recipe.rules[0].weights, WeightFormat::Int4);
        QCOMPARE(read.recipe.rules[1].match, std::string("unet.down_blocks.0.resnets.0.conv1"));
        QCOMPARE(*read.recipe.rules[1].weights, WeightFormat::Int8);
    }

    void mixDqHasTheBitsOfInputsInAFileOfTheirOwn() {
        const std::filesystem::path activations =
            file("act_7.77.yaml", "model.mid_block.attentions.0.transformer_blocks.0.ff.net.2: 8\nmodel.conv_out: 4\n");
        const ImportedRecipe read = quant::importRecipe(
            {file("weight_4.00.yaml", "model.conv_in: 8\nmodel.conv_out: 2\n"), activations.string()}, paperModel());
        QCOMPARE(read.recipe.name, std::string("weight_4.00"));
        const std::vector<Format> formats = formatsOf(read, paperModel());
        QVERIFY(formats[0] == (Format{WeightFormat::Int8, ActivationFormat::Fp16}));
        QVERIFY(formats[6] == (Format{WeightFormat::Fp16, ActivationFormat::Int8}));
        QVERIFY(formats[7] == (Format{WeightFormat::Int4, ActivationFormat::Int4}));
        QVERIFY(contains(joined(read.notes), "2-bit weights become int4"));

        const ImportedRecipe alone = imported("model.conv_in: 8\n");
        QCOMPARE(formatsOf(alone, paperModel())[0].activations, ActivationFormat::Fp32);
        QVERIFY(contains(joined(alone.notes), "inputs"));
    }

    void theFirstTypeRuleThatIsFoundCounts() {
        const ImportedRecipe read = imported("^vae\\.=f16,attn1\\.to_[qk]=q4_0,input_blocks=q8_0,model\\.=q4_K");
        QCOMPARE(joined(weightsOf(read, paperModel())),
                 std::string("q8_0\nfp16\nq8_0\nq4_0\nq4_0\nq8_0\nq4_k\nq4_k\n"));
        const std::string notes = joined(read.notes);
        QVERIFY2(contains(notes, "1 layer stays as stored"), notes.c_str()); // the time embedding
        QVERIFY2(contains(notes, "no layer of the UNet is meant by \"^vae\\.=f16\""), notes.c_str());
    }

    void layersWhoseRowsHoldNoBlockStayAsStored() {
        const ImportedRecipe read = imported("model\\.=q4_K"); // rows of 320 would become q8_0 here
        QCOMPARE(joined(weightsOf(read, paperModel())),
                 std::string("q4_k\nfp16\nq4_k\nfp16\nfp16\nfp16\nq4_k\nq4_k\n"));
        for (std::size_t layer : {0, 2, 7}) // convolutions, for which block types stand for fp16
            QCOMPARE(quant::storedAs(WeightFormat::Q4_K, paperModel().layers[layer].weightShape), WeightFormat::Fp16);
    }

    void typesThatAreNotThereAreReplacedByTheNearest() {
        const ImportedRecipe read = imported("middle_block=q2_K");
        QCOMPARE(weightsOf(read, paperModel())[6], std::string("q4_k"));
        QVERIFY(contains(joined(read.notes), "q2_k weights become q4_k, the nearest there is, in 1 layer"));
    }

    void layersThatNoTypeRuleNamesStayAsStored() {
        ldm::ModelInfo model = paperModel();
        model.layers[0].storedAs = "F32";
        model.layers[3].storedAs = "BF16";
        const ImportedRecipe read = quant::importTensorTypeRules("middle_block=q8_0", "the rules", model);
        QCOMPARE(joined(weightsOf(read, model)), std::string("fp32\nfp16\nfp16\nbf16\nfp16\nfp16\nq8_0\nfp16\n"));
    }

    void unknownModulesAreNamedInOneSentence() {
        std::string yaml = "model.conv_in: 8\n";
        for (int i = 10; i < 25; ++i) yaml += "model.nowhere." + std::to_string(i) + ": 8\n";
        const std::string sentence = refusal(yaml);
        QVERIFY2(contains(sentence, "\"model.nowhere.10\", \"model.nowhere.11\""), sentence.c_str());
        QVERIFY2(contains(sentence, "and 5 more"), sentence.c_str());
        QVERIFY2(contains(sentence, "'sample'"), sentence.c_str());
        QVERIFY(!contains(sentence, "nowhere.20"));
    }

    void damagedFilesAreRefusedWithThePlace_data() {
        QTest::addColumn<QByteArray>("content");
        QTest::addColumn<QByteArray>("expected");
        const auto row = [](const char* name, const QByteArray& content, const char* expected) {
            QTest::newRow(name) << content << QByteArray(expected);
        };
        row("empty", " \n", "is empty");
        row("not UTF-8", "model.conv_in: 8 # \xff", "UTF-8");
        row("broken JSON", "{\"recipes\": ", "not valid JSON");
        row("JSON of nobody", "{\"something\": 1}", "something");
        row("recipes of a wrong kind", "{\"recipes\": [1]}", ":1:13: 'recipes' must be an object");
        row("a recipe of a wrong kind", "{\"recipes\": {\"a\": 3}}", "must be an object of bits");
        row("bits of a wrong kind", "{\"recipes\": {\"a\": {\"conv_in\": \"8\"}}}", ":1:31: the bits of \"conv_in\"");
        row("impossible bits", "{\"recipes\": {\"a\": {\"conv_in\": 5}}}", "'1', '2', '4'");
        row("a module twice in JSON", "{\"recipes\": {\"a\": {\"conv_in\": 4,\n\"conv_in\": 8}}}", "second time");
        row("deep JSON", "{\"recipes\": " + QByteArray(100, '['), "levels");
        row("a list in YAML", "model.conv_in: 8\nmodel.conv_out:\n  - 8\n", ":3:3:");
        row("nested YAML", "model:\n  conv_in: 8\n", "lines of the form 'module: bits'");
        row("an anchor", "a: &x 8\nb: *x\n", ":1:");
        row("an alias of a map", "&x {a: 8}\n", ":1:1:");
        row("broken YAML", "model.conv_in: 8: 4\n", "not valid YAML");
        row("words for bits", "model.conv_in: eight\n", ":1:16: the bits of \"model.conv_in\"");
        row("a module twice in YAML", "model.conv_in: 8\nmodel.conv_in: 4\n", ":2:16:");
        row("two documents", "model.conv_in: 8\n---\nmodel.conv_out: 8\n", "second document");
        row("deep YAML", QByteArray(10000, '['), ":1:1:");
        row("Apple's where ours is wanted", "{\"recipes\": {}}", "'recipes' must be an object");
        row("no type", "model\\.=q9_9", "\"q9_9\" is no type");
        row("no expression", "=q8_0", "is no rule of the form");
        row("a piece without a type", "a=f16,b", "\"b\" is no rule");
        row("a broken expression", "(=f16", "no valid regular expression");
        row("an endless expression", "(.*.*.*.*.*.*.*.*)*!=f16", "takes too long");
        row("a long expression", QByteArray(1001, 'a') + "=f16", "longer than 1000 characters");
        row("too many rules", QByteArray("a=f16,").repeated(1001), "more than 1000 rules");
    }

    void damagedFilesAreRefusedWithThePlace() {
        QFETCH(QByteArray, content);
        QFETCH(QByteArray, expected);
        const std::string sentence = refusal(content.toStdString());
        QVERIFY2(contains(sentence, expected.toStdString()), sentence.c_str());
        QVERIFY2(contains(sentence, "recipe"), sentence.c_str());
    }

    void onesOfAppleAreKnownAsSuchWhereOursAreWanted() {
        const std::filesystem::path apple = file("recipe", kApple);
        const std::string sentence = failureOf(ldm::ErrorKind::BadInput, [&] { quant::loadRecipe(apple); });
        QVERIFY2(contains(sentence, "Apple's tools"), sentence.c_str());
    }

    void filesThatAreTooLargeAreNotRead() {
        const std::string sentence = refusal(std::string((std::size_t{16} << 20) + 1, ' '));
        QVERIFY2(contains(sentence, "at most 16777216"), sentence.c_str());
        const std::string yaml = refusal("a: 8\n#" + std::string(std::size_t{512} << 10, '.'));
        QVERIFY2(contains(yaml, "more than 512 KiB"), yaml.c_str());
    }

    void aHugeObjectIsReadInReasonableTime() {
        std::string json = "{\"recipes\": {\"a\": {";
        for (int i = 0; i < 300000; ++i) json += "\"m" + std::to_string(i) + "\": 8, ";
        const std::string sentence = refusal(json + "\"conv_in\": 8}}}");
        QVERIFY2(contains(sentence, "and 299990 more"), sentence.c_str());
    }
};

NOISEFLOOR_TEST(RecipeImportTest)
#include "tst_recipeimport.moc"
