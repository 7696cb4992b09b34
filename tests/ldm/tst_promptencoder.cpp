#include "failures.h"
#include "support/proceduralweights.h"
#include "support/testmain.h"

#include <ATen/ATen.h>
#include <ldm/checkpoint.h>
#include <ldm/error.h>
#include <ldm/networks.h>
#include <ldm/promptencoder.h>

#include <QTemporaryDir>

#include <utility>

namespace {

namespace fs = std::filesystem;
using ldm::ErrorKind;
using ldm::PromptEncoder;
using ldm::PromptRule;
using ldm::WeightedText;
using support::contains;
using support::failureOf;

fs::path fixture(const char* name) {
    return fs::path(NOISEFLOOR_TEST_DATA) / "reference" / name;
}

PromptEncoder::Branch branchOf(const fs::path& model, const std::string& part, const std::string& className,
                               const char* tokenizer = "tokenizer") {
    const ldm::PartSource source = ldm::openPart(model, part, className);
    ldm::WeightSource weights(part, source.tensors);
    const auto config = ldm::TextEncoderConfig::parse(source.config, source.configName, className);
    return {ldm::Tokenizer::open(model / tokenizer), ldm::TextEncoder(config, weights)};
}

PromptEncoder simple() {
    std::vector<PromptEncoder::Branch> branches;
    branches.push_back(branchOf(fixture("sd1_tiny"), "text_encoder", "CLIPTextModel"));
    return PromptEncoder(std::move(branches), PromptRule::LastNormed);
}

ldm::TextStates statesOf(const PromptEncoder::Branch& branch, const std::string& prompt) {
    ldm::FloatArithmetic arithmetic;
    return branch.encoder.encode(arithmetic, {branch.tokenizer.padded(prompt)});
}

std::string repeated(const std::string& text, int times) {
    std::string result;
    for (int i = 0; i < times; ++i) result += text;
    return result;
}

double weightOf(const std::vector<WeightedText>& pieces, const std::string& text) {
    for (const WeightedText& piece : pieces)
        if (piece.text == text) return piece.weight;
    return -1;
}

} // namespace

Q_DECLARE_METATYPE(std::vector<WeightedText>)

class PromptEncoderTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void weightsAreReadAsWebInterfacesDo_data() {
        QTest::addColumn<QString>("prompt");
        QTest::addColumn<std::vector<WeightedText>>("pieces");
        const auto row = [](const char* name, const char* prompt, const std::vector<WeightedText>& pieces) {
            QTest::newRow(name) << QString::fromUtf8(prompt) << pieces;
        };
        row("nothing", "", {});
        row("plain", "a red apple", {{"a red apple", 1}});
        row("number", "a (red:1.3) apple", {{"a ", 1}, {"red", 1.3}, {" apple", 1}});
        row("round", "(red)", {{"red", 1.1}});
        row("square", "[red]", {{"red", 1 / 1.1}});
        row("nested", "((red))", {{"red", 1.1 * 1.1}});
        row("number in round", "(a (b:2) c)", {{"a ", 1.1}, {"b", 1.1 * 2}, {" c", 1.1}});
        row("spaces around the number", "(red: 1.5 )", {{"red", 1.5}});
        row("below one", "(red:.5)", {{"red", 0.5}});
        row("plus", "(red:+2)", {{"red", 2}});
        row("minus", "(red:-0.5)", {{"red", -0.5}});
        row("zero", "(red:0)", {{"red", 0}});
        row("weight one joins its neighbours", "(ca:1)t", {{"cat", 1}});
        row("nothing inside", "a()b", {{"ab", 1}});
        row("escaped round", "a \\(b\\) c", {{"a (b) c", 1}});
        row("escaped square", "\\[b\\]", {{"[b]", 1}});
        row("escaped backslash", "\\\\(b)", {{"\\", 1}, {"b", 1.1}});
        row("backslash", "a\\b", {{"a\\b", 1}});
        row("backslash at the end", "a\\", {{"a\\", 1}});
        row("escaped inside", "(a \\) b:2)", {{"a ) b", 2}});
        row("open", "(red", {{"(red", 1}});
        row("close", "red)", {{"red)", 1}});
        row("open number", "red:1.2)", {{"red:1.2)", 1}});
        row("inner open", "((red)", {{"(", 1}, {"red", 1.1}});
        row("crossed", "(a [b) c]", {{"a [b", 1.1}, {" c]", 1}});
        row("colon", "(12:30 o'clock)", {{"12:30 o'clock", 1.1}});
        row("square with a number", "[red:1.2]", {{"red:1.2", 1 / 1.1}});
        row("two points", "(red:1.2.3)", {{"red:1.2.3", 1.1}});
        row("exponent", "(x:1e999)", {{"x:1e999", 1.1}});
        row("no number", "(x:nan)", {{"x:nan", 1.1}});
        row("infinite", "(x:inf)", {{"x:inf", 1.1}});
        row("hexadecimal", "(x:0x10)", {{"x:0x10", 1.1}});
        row("sign alone", "(x:-)", {{"x:-", 1.1}});
        row("no digits", "(x:)", {{"x:", 1.1}});
        row("emoji", "(🐱:1.4)猫", {{"🐱", 1.4}, {"猫", 1}});
    }

    void weightsAreReadAsWebInterfacesDo() {
        QFETCH(QString, prompt);
        QFETCH(std::vector<WeightedText>, pieces);
        const std::vector<WeightedText> got = ldm::parseWeights(prompt.toStdString());
        QCOMPARE(got.size(), pieces.size());
        for (std::size_t i = 0; i < got.size(); ++i) {
            QCOMPARE(QString::fromStdString(got[i].text), QString::fromStdString(pieces[i].text));
            QCOMPARE(got[i].weight, pieces[i].weight);
        }
    }

    void endlessBracketsAreTextOrRefused() {
        constexpr int kMany = 100000;
        for (const char* bracket : {"(", ")", "[", "]", ":", "\\", "([", ":1", "(:"}) {
            const std::string prompt = repeated(bracket, kMany);
            std::string text;
            for (const WeightedText& piece : ldm::parseWeights(prompt)) text += piece.text;
            if (std::string(bracket) == "\\")
                QCOMPARE(text.size(), prompt.size() / 2);
            else
                QCOMPARE(text, prompt);
        }
        const auto parse = [](const std::string& prompt) {
            return failureOf(ErrorKind::BadInput, [&] { ldm::parseWeights(prompt); });
        };
        QVERIFY(contains(parse(repeated("(", kMany) + "x" + repeated(")", kMany)), "-100 and 100"));
        QVERIFY(contains(parse("(x:100.1)"), "100.1"));
        QVERIFY(contains(parse("(x:-101)"), "-101"));
        QVERIFY(contains(parse("(x:" + repeated("9", kMany) + ")"), "inf"));
        const auto light = ldm::parseWeights(repeated("[", kMany) + "x" + repeated("]", kMany));
        QCOMPARE(weightOf(light, "x"), 0.0);
    }

    void contextIsTheLastStateAfterTheNorm() {
        PromptEncoder encoder = simple();
        const ldm::TextStates states = statesOf(encoder.branches()[0], "a red heart");
        const ldm::PromptStates got = encoder.encode({"a red heart"}, {});
        QVERIFY(at::equal(got.context, states.last));
        QVERIFY(!got.pooled.defined());
        QCOMPARE(encoder.tokens(), 77);
        QCOMPARE(encoder.contextChannels(), static_cast<int>(got.context.size(2)));
        QCOMPARE(encoder.pooledChannels(), 0);
    }

    void skippedLayersAreReadEarlierAndNormed() {
        PromptEncoder encoder = simple();
        const PromptEncoder::Branch& branch = encoder.branches()[0];
        const ldm::TextStates states = statesOf(branch, "a red heart");
        const int layers = branch.encoder.config().layers;
        for (int skip = 1; skip <= layers; ++skip) {
            const at::Tensor hidden = states.hidden[static_cast<std::size_t>(layers - skip)];
            QVERIFY(
                at::equal(encoder.encode({"a red heart"}, {skip, false}).context, branch.encoder.finalNorm(hidden)));
        }
        for (const int skip : {-1, layers + 1})
            QVERIFY(contains(failureOf(ErrorKind::BadInput,
                                       [&] {
                                           encoder.encode({"a"}, {skip, false});
                                       }),
                             "CLIP skip from 0 to " + std::to_string(layers)));
    }

    void weightsOfOneChangeNothing() {
        PromptEncoder encoder = simple();
        const at::Tensor plain = encoder.encode({"a red heart"}, {}).context;
        for (const char* prompt : {"a red heart", "a (red:1) heart", "(a [(red:1.1)] heart:1.0)", "a re(d:1.00) heart"})
            QVERIFY2(at::allclose(encoder.encode({prompt}, {0, true}).context, plain, 1e-6, 1e-6), prompt);
        QVERIFY(at::equal(encoder.encode({"a (red:1) heart"}, {0, true}).context, plain));
    }

    void bracketsAreTextUnlessWeightsAreWanted() {
        PromptEncoder encoder = simple();
        const at::Tensor text = encoder.encode({"a (red:1.5) heart"}, {}).context;
        QVERIFY(at::equal(text, statesOf(encoder.branches()[0], "a (red:1.5) heart").last));
        QVERIFY(!at::allclose(text, encoder.encode({"a (red:1.5) heart"}, {0, true}).context));
    }

    void weightedStatesAreScaledAndKeepTheirMean() {
        PromptEncoder encoder = simple();
        const PromptEncoder::Branch& branch = encoder.branches()[0];
        const std::size_t before = branch.tokenizer.encode("a").size() - 1; // with the start token
        const std::size_t weighted = branch.tokenizer.encode("red").size() - 2;
        const at::Tensor plain = statesOf(branch, "a red heart").last[0];
        at::Tensor expected = plain.clone();
        for (std::size_t i = before; i < before + weighted; ++i) expected[static_cast<std::int64_t>(i)] *= 1.5;
        expected = expected * (plain.mean() / expected.mean());
        const at::Tensor got = encoder.encode({"a (red:1.5) heart", "a red heart"}, {0, true}).context;
        QVERIFY(at::allclose(got[0], expected, 1e-5, 1e-5));
        QVERIFY(at::allclose(got[1], plain, 1e-5, 1e-5)); // a neighbour in the batch keeps its states
        QVERIFY(std::abs((got[0].mean() - plain.mean()).item<double>()) < 1e-6);
    }

    void cutWeightedPromptsKeepTheirEndToken() {
        PromptEncoder encoder = simple();
        const std::string words = repeated("heart ", 100);
        const at::Tensor plain = encoder.encode({words}, {}).context;
        const at::Tensor heavy = encoder.encode({"(" + words + ":2)"}, {0, true}).context;
        QCOMPARE(heavy.sizes(), plain.sizes());
        const at::Tensor ratio = heavy[0] / plain[0];
        QVERIFY(at::allclose(ratio[1], 2 * ratio[76], 1e-3)); // the end token weighs 1, words weigh 2
        QVERIFY(at::allclose(ratio[75], 2 * ratio[0], 1e-3));
    }

    void promptsThatDoNotFitAreReported() {
        const PromptEncoder encoder = simple();
        const std::vector<std::string> prompts = {"",
                                                  "a red heart",
                                                  repeated("heart ", 400),
                                                  repeated("猫", 80),
                                                  repeated("🐱👩‍👩‍👧", 60),
                                                  repeated("(", 90)};
        const std::vector<ldm::CutPrompt> cut = encoder.cut(prompts);
        QCOMPARE(cut.size(), std::size_t{4});
        for (std::size_t i = 0; i < cut.size(); ++i) {
            QCOMPARE(cut[i].prompt, i + 2);
            QCOMPARE(cut[i].kept, 75);
            const auto all = encoder.branches()[0].tokenizer.encode(prompts[i + 2]).size();
            QCOMPARE(cut[i].tokens, static_cast<int>(all) - 2);
        }
        const std::string fits = "(" + repeated("a ", 74) + ":1.2)";
        QCOMPARE(encoder.cut({fits}).size(), std::size_t{1}); // brackets and number are tokens here
        QVERIFY(encoder.cut({fits}, {0, true}).empty());
    }

    void veryLongPromptsAreEncoded() {
        PromptEncoder encoder = simple();
        for (const std::string& prompt :
             {std::string(1 << 17, 'a'), repeated("ab(", 1 << 16), repeated("👩‍👩‍👧", 1 << 13)})
            for (const bool weighted : {false, true})
                QCOMPARE(encoder.encode({prompt}, {0, weighted}).context.size(1), 77);
        QVERIFY(contains(failureOf(ErrorKind::BadInput, [&] { encoder.encode({"a\xFF"}, {}); }), "not UTF-8"));
        QVERIFY(contains(failureOf(ErrorKind::BadInput,
                                   [&] {
                                       encoder.encode({"(\xFF:2)"}, {0, true});
                                   }),
                         "not UTF-8"));
    }

    void encodersOfXlAreJoinedWithoutTheirNorm() {
        const QTemporaryDir temporary;
        const fs::path model = support::withWeights(fixture("sdxl_tiny"), temporary.path().toStdString());
        std::vector<PromptEncoder::Branch> branches;
        branches.push_back(branchOf(model, "text_encoder", "CLIPTextModel"));
        branches.push_back(branchOf(model, "text_encoder_2", "CLIPTextModelWithProjection", "tokenizer_2"));
        PromptEncoder encoder(std::move(branches), PromptRule::Penultimate);
        const ldm::TextStates first = statesOf(encoder.branches()[0], "a heart"),
                              second = statesOf(encoder.branches()[1], "a heart");
        const auto fromEnd = [](const ldm::TextStates& states, std::size_t n) {
            return states.hidden[states.hidden.size() - n];
        };
        const ldm::PromptStates got = encoder.encode({"a heart"}, {});
        QVERIFY(at::equal(got.context, at::cat({fromEnd(first, 2), fromEnd(second, 2)}, 2)));
        QVERIFY(at::equal(got.pooled, second.projected));
        QCOMPARE(encoder.contextChannels(), static_cast<int>(got.context.size(2)));
        QCOMPARE(encoder.pooledChannels(), static_cast<int>(got.pooled.size(1)));
        const at::Tensor skipped = encoder.encode({"a heart"}, {1, false}).context;
        QVERIFY(at::equal(skipped, at::cat({fromEnd(first, 3), fromEnd(second, 3)}, 2)));
        QVERIFY(encoder.branches()[0].tokenizer.padded("a") != encoder.branches()[1].tokenizer.padded("a"));
        const at::Tensor weighted = encoder.encode({"a (heart:2)"}, {0, true}).pooled;
        QVERIFY(at::equal(weighted, second.projected));
    }

    void partsThatDoNotGoTogetherAreRefused() {
        const auto refusal = [](PromptRule rule, int count) {
            return failureOf(ErrorKind::BadInput, [&] {
                std::vector<PromptEncoder::Branch> branches;
                for (int i = 0; i < count; ++i)
                    branches.push_back(branchOf(fixture("sd1_tiny"), "text_encoder", "CLIPTextModel"));
                PromptEncoder(std::move(branches), rule);
            });
        };
        QVERIFY(contains(refusal(PromptRule::LastNormed, 0), "no text encoder"));
        QVERIFY(contains(refusal(PromptRule::LastNormed, 2), "has 2"));
        QVERIFY(contains(refusal(PromptRule::Penultimate, 2), "CLIPTextModelWithProjection"));
        const auto foreign = failureOf(ErrorKind::BadInput, [] {
            std::vector<PromptEncoder::Branch> branches;
            branches.push_back(
                {ldm::Tokenizer::clip("!"), branchOf(fixture("sd1_tiny"), "text_encoder", "CLIPTextModel").encoder});
            PromptEncoder(std::move(branches), PromptRule::LastNormed);
        });
        QVERIFY(contains(foreign, "49408"));
    }

    void theRuleFollowsThePipeline() {
        using ldm::promptRuleOf;
        QVERIFY(promptRuleOf("StableDiffusionPipeline") == PromptRule::LastNormed);
        QVERIFY(promptRuleOf("LatentConsistencyModelPipeline") == PromptRule::LastNormed);
        QVERIFY(promptRuleOf("StableDiffusionInpaintPipeline") == PromptRule::LastNormed);
        QVERIFY(promptRuleOf("StableDiffusionXLPipeline") == PromptRule::Penultimate);
        QVERIFY(promptRuleOf("StableDiffusionXLInpaintPipeline") == PromptRule::Penultimate);
    }

private:
    const at::NoGradGuard m_noGrad;
};

NOISEFLOOR_TEST(PromptEncoderTest)
#include "tst_promptencoder.moc"
