#include "failures.h"
#include "support/reference.h"
#include "support/testmain.h"

#include <ldm/jsonreading.h>
#include <ldm/model.h>
#include <ldm/safetensors.h>
#include <ldm/tokenizer.h>

#include <nlohmann/json.hpp>

#include <QTemporaryDir>
#include <QTest>

#include <cstring>

using ldm::ErrorKind;
using ldm::Tokenizer;
using support::contains;
using support::failureOf;
using support::put;

namespace fs = std::filesystem;

namespace {

nlohmann::json listOr(const nlohmann::json& json, const char* key) {
    return json.value(key, nlohmann::json::array());
}

const char* const kVocabulary =
    R"({"a": 0, "b": 1, "a</w>": 2, "b</w>": 3, "ab</w>": 4, "<s>": 5, "</s>": 6, "<|endoftext|>": 7,
    "aa": 8, "!": 9, "!</w>": 10, "c": 11, "<|startoftext|>": 12})";
const char* const kConfig = R"({"bos_token": "<s>", "eos_token": {"content": "</s>"}, "model_max_length": 5})";

} // namespace

Q_DECLARE_METATYPE(std::vector<int>)

class TokenizerTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init() {
        m_folder = std::make_unique<QTemporaryDir>();
        put(folder() / "vocab.json", kVocabulary);
        put(folder() / "merges.txt", "#version: 0.2\na b</w>\na a\n");
        put(folder() / "tokenizer_config.json", kConfig);
    }

    void idsEqualTheReference_data() {
        QTest::addColumn<QString>("path");
        QTest::addColumn<QString>("part");
        for (const auto& [name, path] : support::committedFixtures())
            for (const nlohmann::json& tokenizer : listOr(support::describedReference(path), "tokenizers")) {
                const auto part = tokenizer["tokenizer"].get<std::string>();
                if (!fs::exists(path / part / "vocab.json")) continue; // fixtures may leave out what is large
                QTest::addRow("%s %s", name.c_str(), part.c_str())
                    << QString::fromStdString(path.string()) << QString::fromStdString(part);
            }
    }

    void idsEqualTheReference() {
        QFETCH(QString, path);
        QFETCH(QString, part);
        const fs::path folderPath = path.toStdString();
        const nlohmann::json reference = support::describedReference(folderPath);
        const auto file = ldm::SafetensorsFile::open(folderPath / "reference.safetensors");
        const Tokenizer tokenizer = Tokenizer::open(folderPath / part.toStdString());
        nlohmann::json texts = listOr(reference, "prompts");
        for (const auto& text : listOr(reference, "tok_prompts")) texts.push_back(text);
        for (const nlohmann::json& each : reference["tokenizers"]) {
            if (each["tokenizer"] != part.toStdString()) continue;
            QCOMPARE(each["untruncated"].size(), texts.size());
            const ldm::TensorEntry* ids = file.find(each["ids"].get<std::string>());
            QVERIFY(ids && ids->dtype == ldm::DType::I32 && ids->shape.size() == 2);
            const auto length = static_cast<std::size_t>(ids->shape[1]);
            for (std::size_t i = 0; i < texts.size(); ++i) {
                const auto text = texts[i].get<std::string>();
                QCOMPARE(tokenizer.encode(text), each["untruncated"][i].get<std::vector<int>>());
                std::vector<int> row(length);
                std::memcpy(row.data(), file.bytes(*ids).data() + i * length * sizeof(int), length * sizeof(int));
                QCOMPARE(tokenizer.padded(text, static_cast<int>(length)), row);
            }
        }
    }

    void clipsOwnVocabularyComesWithTheProgram_data() {
        QTest::addColumn<QString>("text");
        QTest::addColumn<std::vector<int>>("ids");
        const auto row = [](const char* name, const char* text, const std::vector<int>& ids) {
            QTest::newRow(name) << QString::fromUtf8(text) << ids;
        };
        row("words", "an astronaut riding a horse", {550, 18376, 6765, 320, 4558});
        row("nothing", "", {});
        row("capitals", "UPPER lower MiXeD CaSe", {7067, 4909, 6780, 2068});
        row("punctuation", "!!!???...,,,;;;:::", {11194, 40017, 3002, 21340, 11, 34824, 26, 43818});
        row("Cyrillic", "Привет, мир!", {26302, 16370, 29503, 110, 22176, 141, 480, 267, 38018, 16701, 141, 478, 256});
        row("Korean", "한국어 문장", {15197, 250, 31871, 255, 31625, 368, 167, 105, 116, 20849, 354});
        row("Arabic", "مرحبا بالعالم", {12986, 10948, 25722, 16378, 22625, 16378, 12973, 18843, 12973, 29945});
        row("Devanagari", "हिन्दी", {29446, 26721, 26090, 19389, 29552, 25751});
        row("family", "👨\u200d👩\u200d👧\u200d👦 family", {18966, 18800, 48938, 964, 355, 1315});
        row("rockets", "🚀🚀🚀 to the moon 🌕", {49033, 13542, 531, 518, 3293, 1576, 499});
        row("numbers", "½ ² Ⅷ ① ٣", {33613, 41175, 158, 227, 371, 158, 239, 510, 149, 352});
        row("special tokens", "<|StartOfText|>a photo<|endoftext|>", {49406, 320, 1125, 49407});
        row("contractions", "I'd've thought", {328, 1896, 1200, 2449});
    }

    void clipsOwnVocabularyComesWithTheProgram() {
        QFETCH(QString, text);
        QFETCH(std::vector<int>, ids);
        ids.insert(ids.begin(), 49406);
        ids.push_back(49407);
        QCOMPARE(Tokenizer::clip("<|endoftext|>").encode(text.toStdString()), ids);
    }

    void clipsOwnTokenizerPadsAsTheModelWants() {
        const Tokenizer first = Tokenizer::clip("<|endoftext|>"), second = Tokenizer::clip("!");
        QCOMPARE(first.vocabularySize(), 49408);
        QCOMPARE(second.vocabularySize(), 49408);
        QCOMPARE(first.maxLength(), 77);
        QCOMPARE(first.padded("a", 5), (std::vector<int>{49406, 320, 49407, 49407, 49407}));
        QCOMPARE(second.padded("a", 5), (std::vector<int>{49406, 320, 49407, 0, 0}));
        // A padding token is a special one: it is recognized in the text, where it else would be a word's end.
        QCOMPARE(first.encode("a!"), (std::vector<int>{49406, 320, 256, 49407}));
        QCOMPARE(second.encode("a!"), (std::vector<int>{49406, 320, 0, 49407}));
        QVERIFY(contains(failureOf(ErrorKind::BadInput, [] { Tokenizer::clip("no such token"); }), "no such token"));
    }

    void filesOfClipsOwnTokenizerMakeAFolder() {
        const auto files = ldm::TokenizerFiles::clip("!");
        const fs::path copy = folder() / "copy";
        for (const auto& [name, text] : files.texts) put(copy / name, text);
        QCOMPARE(ldm::TokenizerFiles::of(copy).texts, files.texts);
        QCOMPARE(Tokenizer::open(copy).padded("a cat!", 8), Tokenizer::clip("!").padded("a cat!", 8));
    }

    void longWordsAreJoinedLikeShortOnes() {
        const Tokenizer tokenizer = Tokenizer::open(folder());
        constexpr int kMany = 1 << 18;
        const std::vector<int> ids = tokenizer.encode(std::string(kMany, 'a') + "b");
        QCOMPARE(ids.size(), std::size_t{kMany / 2 + 3});
        // 2^18 a's and ab</w>: the merge of lowest rank takes the last a, so that one is left over.
        QCOMPARE(ids[kMany / 2 - 1], 8);
        QCOMPARE(ids[kMany / 2], 0);
        QCOMPARE(ids[kMany / 2 + 1], 4);
    }

    void padTokensMayBeAnyOfTheVocabulary() {
        put(folder() / "tokenizer_config.json", R"({"pad_token": "ab</w>", "model_max_length": 6})");
        QCOMPARE(Tokenizer::open(folder()).padded("a"), (std::vector<int>{12, 2, 7, 4, 4, 4}));
    }

    void theEmbeddedTokenizerPadsToItsOwnLength() {
        const Tokenizer tokenizer = Tokenizer::open(ldm::resourceFolder() / "models" / "emoji-ldm" / "tokenizer");
        QCOMPARE(tokenizer.maxLength(), 32);
        const std::vector<int> all = tokenizer.encode("a red heart");
        const std::vector<int> row = tokenizer.padded("a red heart");
        QCOMPARE(row.size(), std::size_t{32});
        QVERIFY(std::equal(all.begin(), all.end(), row.begin()));
        QCOMPARE(row.back(), all.back());
        QVERIFY(std::all_of(row.begin(), row.end(), [&](int id) { return id < tokenizer.vocabularySize(); }));
    }

    void textIsEncodedByHand_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QList<int>>("ids");
        const auto row = [](const char* name, const QByteArray& text, const QList<int>& ids) {
            QTest::newRow(name) << text << (QList<int>{5} + ids + QList<int>{6});
        };
        row("nothing", "", {});
        row("merged", "ab", {4});
        row("lower-cased", "AB", {4});
        row("lowest rank first", "aab", {0, 4});
        row("everywhere", "aaaa", {8, 0, 2});
        row("white space", "  a \t\n b ", {2, 3});
        row("unknown", "z", {7});
        row("special tokens in the text", "a<s>b</s>", {2, 5, 3, 6});
        row("special tokens of CLIP in capitals", "<|StartOfText|>a", {12, 2});
        row("zero-width joiner is dropped",
            "a\xE2\x80\x8D"
            "b",
            {4});
        row("line separator is white space",
            "a\xE2\x80\xA8"
            "b",
            {2, 3});
        row("long s in a contraction", "'\xC5\xBF", {7, 7, 7});
        row("contraction needs no letter before", "'s", {7, 7});
    }

    void textIsEncodedByHand() {
        QFETCH(QByteArray, text);
        QFETCH(QList<int>, ids);
        QCOMPARE(Tokenizer::open(folder()).encode(text.toStdString()), std::vector<int>(ids.begin(), ids.end()));
    }

    void longTextIsCutBeforeTheEndToken() {
        const Tokenizer tokenizer = Tokenizer::open(folder());
        QCOMPARE(tokenizer.maxLength(), 5);
        QCOMPARE(tokenizer.padded("a a a a a a"), (std::vector<int>{5, 2, 2, 2, 6}));
        QCOMPARE(tokenizer.padded("a", 4), (std::vector<int>{5, 2, 6, 7}));
        QCOMPARE(tokenizer.padded("a a a", 2), (std::vector<int>{5, 6}));
    }

    void aPairListedTwiceKeepsItsLaterRank() {
        put(folder() / "merges.txt", "#version: 0.2\na a\na b</w>\na a\n");
        QCOMPARE(Tokenizer::open(folder()).encode("aab"), (std::vector<int>{5, 0, 4, 6}));
    }

    void specialTokensComeFromTheirMapInOlderFolders() {
        put(folder() / "special_tokens_map.json", R"({"pad_token": "!"})");
        QCOMPARE(Tokenizer::open(folder()).padded("a", 5), (std::vector<int>{5, 2, 6, 9, 9}));
        QCOMPARE(Tokenizer::open(folder()).encode("a!!"), (std::vector<int>{5, 2, 9, 9, 6}));
    }

    void configurationFilesMayBeAbsent() {
        fs::remove(folder() / "tokenizer_config.json");
        const Tokenizer tokenizer = Tokenizer::open(folder());
        QCOMPARE(tokenizer.maxLength(), 77);
        QCOMPARE(tokenizer.encode("a"), (std::vector<int>{12, 2, 7}));
    }

    void textThatIsNotUtf8IsRefused() {
        const Tokenizer tokenizer = Tokenizer::open(folder());
        QVERIFY(contains(failureOf(ErrorKind::BadInput, [&] { tokenizer.encode("\xFF"); }), "not UTF-8"));
    }

    void badFilesAreRefusedWithTheirPlace_data() {
        QTest::addColumn<QString>("file");
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QString>("place");
        const auto row = [](const char* name, const char* file, const QByteArray& text, const char* place) {
            QTest::newRow(name) << file << text << place;
        };
        row("vocabulary is a list", "vocab.json", "[]", "object");
        row("negative id", "vocab.json", R"({"a": -1})", "token \"a\"");
        row("huge id", "vocab.json", R"({"a": 16777216})", "token \"a\"");
        row("id is text", "vocab.json", R"({"a": "1"})", "token \"a\"");
        row("token twice", "vocab.json", R"({"a": 1, "a": 2})", "\"a\" twice");
        row("no end token", "vocab.json", R"({"<s>": 0})", "eos_token \"</s>\"");
        row("merge of one", "merges.txt", "#version: 0.2\na b\nab\n", "line 3");
        row("merge of three", "merges.txt", "#version: 0.2\na b c\n", "line 2");
        row("empty merge", "merges.txt", "#version: 0.2\n\na b\n", "line 2");
        row("merges not UTF-8", "merges.txt", "#version: 0.2\n\xFF b\n", "not UTF-8");
        for (const char* length : {"1", "-3", "7.5", "true", "[77]"})
            row(length, "tokenizer_config.json", QByteArray("{\"model_max_length\": ") + length + "}",
                "model_max_length");
        row("added token id", "tokenizer_config.json", R"({"added_tokens_decoder": {"1x": {"content": "q"}}})",
            "\"1x\"");
        row("added token text", "tokenizer_config.json", R"({"added_tokens_decoder": {"1": {"content": ""}}})",
            "\"1\"");
        row("added tokens", "tokenizer_config.json", R"({"added_tokens_decoder": []})", "added_tokens_decoder");
    }

    void badFilesAreRefusedWithTheirPlace() {
        QFETCH(QString, file);
        QFETCH(QByteArray, text);
        QFETCH(QString, place);
        put(folder() / file.toStdString(), text.toStdString());
        const std::string message = failureOf(ErrorKind::BadInput, [&] { Tokenizer::open(folder()); });
        QVERIFY2(contains(message, file.toStdString()) && contains(message, place.toStdString()), message.c_str());
    }

    void aMissingVocabularyIsNamed() {
        fs::remove(folder() / "vocab.json");
        QVERIFY(
            contains(failureOf(ErrorKind::BadInput, [&] { Tokenizer::open(folder()); }), "vocab.json does not exist"));
    }

private:
    fs::path folder() const { return m_folder->path().toStdString(); }

    std::unique_ptr<QTemporaryDir> m_folder;
};

NOISEFLOOR_TEST(TokenizerTest)
#include "tst_tokenizer.moc"
