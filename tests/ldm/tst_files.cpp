#include "failures.h"
#include "filesizelimit.h"
#include "support/testmain.h"

#include <ldm/files.h>
#include <ldm/jsonreading.h>

#include <nlohmann/json.hpp>

#include <QTemporaryDir>
#include <QTest>

#include <csignal>

#include <sys/wait.h>
#include <unistd.h>

using ldm::ErrorKind;
using support::contains;
using support::contentOf;
using support::failureOf;
using support::namesIn;
using support::put;

namespace fs = std::filesystem;

class FilesTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }

    void aTextFileIsReadAsItIs() {
        put(folder() / "a.txt", "z\xC3\xB6\n");
        QCOMPARE(ldm::readTextFile(folder() / "a.txt"), std::string("z\xC3\xB6\n"));
    }

    void aByteOrderMarkIsNoPartOfTheText() {
        put(folder() / "a.txt", "\xEF\xBB\xBFred");
        QCOMPARE(ldm::readTextFile(folder() / "a.txt"), std::string("red"));
    }

    void unreadableTextIsRefusedByName_data() {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QString>("reason");
        QTest::newRow("missing") << "missing.txt"
                                 << "does not exist";
        QTest::newRow("folder") << "."
                                << "is not a file";
        QTest::newRow("too large") << "large.txt"
                                   << "at most 10";
        QTest::newRow("not UTF-8") << "latin1.txt"
                                   << "not UTF-8";
        QTest::newRow("zeros") << "utf16.txt"
                               << "not UTF-8";
    }

    void unreadableTextIsRefusedByName() {
        QFETCH(QString, name);
        QFETCH(QString, reason);
        put(folder() / "large.txt", "12345678901");
        put(folder() / "latin1.txt", "z\xF6");
        put(folder() / "utf16.txt", std::string("z\0o\0", 4));
        const fs::path path = folder() / name.toStdString();
        const std::string message = failureOf(ErrorKind::BadInput, [&] { ldm::readTextFile(path, 10); });
        QVERIFY2(contains(message, path.string()) && contains(message, reason.toStdString()), message.c_str());
    }

    void devicesAreNotReadAsText() {
        QVERIFY(contains(failureOf(ErrorKind::BadInput, [] { ldm::readTextFile("/dev/zero"); }), "is not a file"));
    }

    void utf8IsJudgedByTheBook_data() {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<bool>("valid");
        QTest::newRow("empty") << QByteArray() << true;
        QTest::newRow("NUL") << QByteArray("\0", 1) << true;
        QTest::newRow("all lengths") << QByteArray("a\xC2\x80\xE0\xA0\x80\xF0\x90\x80\x80") << true;
        QTest::newRow("last code point") << QByteArray("\xF4\x8F\xBF\xBF") << true;
        QTest::newRow("before the surrogates") << QByteArray("\xED\x9F\xBF") << true;
        QTest::newRow("surrogate") << QByteArray("\xED\xA0\x80") << false;
        QTest::newRow("overlong of two") << QByteArray("\xC1\xBF") << false;
        QTest::newRow("overlong of three") << QByteArray("\xE0\x9F\xBF") << false;
        QTest::newRow("overlong of four") << QByteArray("\xF0\x8F\xBF\xBF") << false;
        QTest::newRow("beyond Unicode") << QByteArray("\xF4\x90\x80\x80") << false;
        QTest::newRow("lone continuation") << QByteArray("\x80") << false;
        QTest::newRow("cut short") << QByteArray("\xE2\x82") << false;
        QTest::newRow("interrupted") << QByteArray("\xE2\x82z") << false;
        QTest::newRow("no lead byte") << QByteArray("\xFF") << false;
    }

    void utf8IsJudgedByTheBook() {
        QFETCH(QByteArray, bytes);
        QFETCH(bool, valid);
        QCOMPARE(ldm::isUtf8({bytes.data(), static_cast<std::size_t>(bytes.size())}), valid);
    }

    void writingReplacesAFileAndLeavesNothingElse() {
        const fs::path path = folder() / "a.json";
        ldm::writeTextFile(path, "first");
        ldm::writeTextFile(path, "second");
        QCOMPARE(contentOf(path), std::string("second"));
        QCOMPARE(namesIn(folder()), std::set<std::string>{"a.json"});
    }

    void writingThroughALinkKeepsTheLink() {
        put(folder() / "real" / "a.txt", "old");
        fs::create_symlink("real/a.txt", folder() / "link.txt");
        ldm::writeTextFile(folder() / "link.txt", "new");
        QVERIFY(fs::is_symlink(folder() / "link.txt"));
        QCOMPARE(contentOf(folder() / "real" / "a.txt"), std::string("new"));
    }

    void anUnwritableTargetIsNamed_data() {
        QTest::addColumn<QString>("target");
        QTest::newRow("folder missing") << "nowhere/a.txt";
        QTest::newRow("a file as folder") << "file.txt/a.txt";
        QTest::newRow("a folder as file") << "folder";
        QTest::newRow("a device") << "/dev/full";
    }

    void anUnwritableTargetIsNamed() {
        QFETCH(QString, target);
        put(folder() / "file.txt", "kept");
        put(folder() / "folder" / "inner.txt", "kept");
        const auto before = namesIn(folder());
        const fs::path path = folder() / target.toStdString();
        const std::string message = failureOf(ErrorKind::WriteFailed, [&] { ldm::writeTextFile(path, "text"); });
        QVERIFY2(contains(message, path.string() + " could not be written"), message.c_str());
        QCOMPARE(namesIn(folder()), before);
        QCOMPARE(contentOf(folder() / "file.txt"), std::string("kept"));
        QCOMPARE(contentOf(folder() / "folder" / "inner.txt"), std::string("kept"));
    }

    void aFolderWithoutPermissionIsNamed() {
        if (::geteuid() == 0) QSKIP("root may write everywhere");
        const fs::path locked = folder() / "locked";
        fs::create_directory(locked);
        fs::permissions(locked, fs::perms::owner_read | fs::perms::owner_exec);
        QVERIFY(contains(failureOf(ErrorKind::WriteFailed, [&] { ldm::writeTextFile(locked / "a.txt", "text"); }),
                         (locked / "a.txt").string()));
        fs::permissions(locked, fs::perms::owner_all);
    }

    void aFullDiskLeavesTheOldFile() {
        const fs::path path = folder() / "a.txt";
        put(path, "old");
        std::string message;
        {
            const support::FileSizeLimit limit(1000);
            message = failureOf(ErrorKind::WriteFailed, [&] { ldm::writeTextFile(path, std::string(5000, 'x')); });
        }
        QVERIFY2(contains(message, path.string() + " could not be written"), message.c_str());
        QVERIFY2(contains(message, "free some space"), message.c_str());
        QCOMPARE(contentOf(path), std::string("old"));
        QCOMPARE(namesIn(folder()), std::set<std::string>{"a.txt"});
    }

    void anExistingFolderIsReplacedOnlyOnRequest() {
        const fs::path path = folder() / "model";
        put(path / "old.txt", "old");
        const auto fill = [](const fs::path& aside) { put(aside / "unet" / "new.txt", "new"); };
        QVERIFY(contains(failureOf(ErrorKind::WriteFailed, [&] { ldm::createAside(path, false, fill); }),
                         "exists already"));
        QCOMPARE(namesIn(path), std::set<std::string>{"old.txt"});
        ldm::createAside(path, true, fill, "old.txt");
        QCOMPARE(namesIn(path), std::set<std::string>{"unet"});
        QCOMPARE(contentOf(path / "unet" / "new.txt"), std::string("new"));
        QCOMPARE(namesIn(folder()), std::set<std::string>{"model"});
    }

    void aFolderWithSomebodysDocumentsIsNeverReplaced() {
        const fs::path path = folder() / "documents";
        put(path / "letter.txt", "dear");
        const auto fill = [](const fs::path& aside) { put(aside / "result.txt", "new"); };
        for (const std::string marker : {"", "result.txt"}) {
            const auto create = [&] { ldm::createAside(path, true, fill, marker); };
            QVERIFY(contains(failureOf(ErrorKind::WriteFailed, create), "would be lost"));
            QVERIFY(contains(failureOf(ErrorKind::WriteFailed, [&] { ldm::requireReplaceable(path, true, marker); }),
                             "would be lost"));
            QCOMPARE(contentOf(path / "letter.txt"), std::string("dear"));
            QCOMPARE(namesIn(folder()), std::set<std::string>{"documents"});
        }
        fs::remove(path / "letter.txt");
        ldm::createAside(path, true, fill); // an empty folder is nobody's loss
        QCOMPARE(namesIn(path), std::set<std::string>{"result.txt"});
    }

    void aTargetThatAppearsMeanwhileIsNotOverwritten() {
        const fs::path path = folder() / "a.txt";
        const auto fill = [&](const fs::path& aside) {
            put(aside, "mine");
            put(path, "theirs");
        };
        QVERIFY(contains(failureOf(ErrorKind::WriteFailed, [&] { ldm::createAside(path, false, fill); }),
                         "exists already"));
        QCOMPARE(contentOf(path), std::string("theirs"));
        QCOMPARE(namesIn(folder()), std::set<std::string>{"a.txt"});
    }

    void aThrowingFillLeavesNothingAndDamagesNothing() {
        const fs::path path = folder() / "model";
        put(path / "old.txt", "old");
        const auto fill = [](const fs::path& aside) {
            put(aside / "half.txt", "half");
            throw ldm::Error(ErrorKind::Failed, "stopped in the middle");
        };
        QCOMPARE(failureOf(ErrorKind::Failed, [&] { ldm::createAside(path, true, fill, "old.txt"); }),
                 std::string("stopped in the middle"));
        QCOMPARE(contentOf(path / "old.txt"), std::string("old"));
        QCOMPARE(namesIn(folder()), std::set<std::string>{"model"});
    }

    void whatAKilledProcessLeftIsRemovedByTheNextOne() {
        const fs::path path = folder() / "model";
        const pid_t child = ::fork();
        if (child == 0)
            ldm::createAside(path, false, [](const fs::path& aside) {
                put(aside / "half.txt", "half");
                ::kill(::getpid(), SIGKILL);
            });
        int status = 0;
        QCOMPARE(::waitpid(child, &status, 0), child);
        QVERIFY(WIFSIGNALED(status));
        QCOMPARE(namesIn(folder()).size(), std::size_t{1});
        put(folder() / ".other.partial-aaaaaa" / "a", "of another target");
        put(folder() / ".model.partial-mine" / "a", "no such name as temporary folders have");
        put(folder() / ".model.partial-abcdef", "no folder");
        put(folder() / ".model.partial-ghijkl" / "replaced" / "a", "the only copy of what was replaced");
        ldm::createAside(path, false, [](const fs::path& aside) { put(aside, "whole"); });
        QCOMPARE(namesIn(folder()), (std::set<std::string>{"model", ".other.partial-aaaaaa", ".model.partial-mine",
                                                           ".model.partial-abcdef", ".model.partial-ghijkl"}));
    }

    void whatALivingProcessWritesIsLeftAlone() {
        const fs::path path = folder() / "model";
        ldm::createAside(path, true, [&](const fs::path& aside) {
            put(aside, "late");
            ldm::createAside(path, true, [](const fs::path& other) { put(other, "early"); });
            QCOMPARE(contentOf(path), std::string("early"));
        });
        QCOMPARE(contentOf(path), std::string("late"));
        QCOMPARE(namesIn(folder()), std::set<std::string>{"model"});
    }

    void filesThatAreNoneOfTheOlderResultAreNamedAndKept() {
        const fs::path path = folder() / "model";
        const auto create = [&] {
            ldm::createAside(
                path, true, [](const fs::path& aside) { put(aside / "mark", "new"); }, "mark",
                [](const fs::path& file) { return file == fs::path("part/weights"); });
        };
        put(path / "mark", "old");
        put(path / "part/weights", "old");
        for (const char* mine : {"notes.txt", "part/mine", "part/deep/mine", ".hidden"}) {
            put(path / mine, "dear");
            const std::string said = failureOf(ErrorKind::WriteFailed, create);
            QVERIFY2(contains(said, mine) && contains(said, "would be lost"), said.c_str());
            QCOMPARE(contentOf(path / mine), std::string("dear"));
            QCOMPARE(contentOf(path / "mark"), std::string("old"));
            QCOMPARE(namesIn(folder()), std::set<std::string>{"model"});
            fs::remove(path / mine);
        }
        fs::create_symlink("/", path / "link"); // is one of somebody's, and not looked through
        QVERIFY(contains(failureOf(ErrorKind::WriteFailed, create), "link"));
        fs::remove(path / "link");
        create();
        QCOMPARE(namesIn(path), std::set<std::string>{"mark"});
    }

    void theLongestNameIsWrittenAndALongerOneNamed() {
        const fs::path longest = folder() / std::string(255, 'n');
        ldm::writeTextFile(longest, "text");
        QCOMPARE(contentOf(longest), std::string("text"));
        const std::string said =
            failureOf(ErrorKind::WriteFailed, [&] { ldm::writeTextFile(folder() / std::string(256, 'n'), "text"); });
        QVERIFY2(contains(said, "choose a shorter name"), said.c_str());
        QCOMPARE(namesIn(folder()).size(), std::size_t{1});
    }

    void aFillThatWritesNothingIsAFailure() {
        const std::string message = failureOf(
            ErrorKind::WriteFailed, [&] { ldm::createAside(folder() / "a.txt", false, [](const fs::path&) {}); });
        QVERIFY2(contains(message, "a.txt could not be written"), message.c_str());
        QVERIFY(namesIn(folder()).empty());
    }

    void relativePathsAreWrittenWhereTheyPoint() {
        const fs::path before = fs::current_path();
        fs::current_path(folder());
        ldm::writeTextFile("relative.txt", "here");
        fs::current_path(before);
        QCOMPARE(contentOf(folder() / "relative.txt"), std::string("here"));
    }

    void sha256MatchesThePublishedVectors() {
        ldm::Sha256 empty;
        QCOMPARE(empty.hex(), std::string("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
        ldm::Sha256 pieces;
        pieces.add("a");
        pieces.add("");
        pieces.add("bc");
        QCOMPARE(pieces.hex(), std::string("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
    }

    void badJsonIsRefusedWithItsPlace_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QString>("reason");
        QTest::newRow("syntax") << QByteArray("{\"a\": 1,\n \"b\" 2}") << "line 2";
        QTest::newRow("cut") << QByteArray("{\"a\": [1, ") << "line 1";
        QTest::newRow("key twice") << QByteArray("{\"a\": {\"b\": 1, \"b\": 1}}") << "key \"b\" twice";
        QTest::newRow("too deep") << QByteArray(100, '[') << "deeper than 64";
        QTest::newRow("not UTF-8") << QByteArray("{\"\xFF\": 1}") << "not UTF-8";
        QTest::newRow("number overflow") << QByteArray("{\"a\": 1e999}") << "1e999";
        QTest::newRow("not an object") << QByteArray("[1]") << "object";
        QTest::newRow("empty") << QByteArray() << "line 1";
    }

    void badJsonIsRefusedWithItsPlace() {
        QFETCH(QByteArray, text);
        QFETCH(QString, reason);
        put(folder() / "a.json", text.toStdString());
        const std::string message = failureOf(ErrorKind::BadInput, [&] { ldm::readJsonObject(folder() / "a.json"); });
        QVERIFY2(contains(message, "a.json") && contains(message, reason.toStdString()), message.c_str());
    }

    void theSameKeyInDifferentObjectsIsFine() {
        put(folder() / "a.json", R"({"a": {"b": 1}, "c": [{"b": 2}, {"b": 3}]})");
        QCOMPARE(ldm::readJsonObject(folder() / "a.json")["c"][1]["b"].get<int>(), 3);
    }

    void namesFromFilesStayOnOneShortLine() {
        QCOMPARE(ldm::inQuotes("a\nb"), std::string("\"a?b\""));
        const std::string longName = ldm::inQuotes(std::string(95, 'x') + "\xC3\xB6\xC3\xB6");
        QCOMPARE(longName, "\"" + std::string(95, 'x') + "...\"");
    }

private:
    fs::path folder() const { return m_folder->path().toStdString(); }

    std::unique_ptr<QTemporaryDir> m_folder;
};

NOISEFLOOR_TEST(FilesTest)
#include "tst_files.moc"
