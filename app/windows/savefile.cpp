#include <app/windows/savefile.h>

#include <QCoreApplication>
#include <QFileDialog>
#include <QFileInfo>
#include <QMessageBox>
#include <QPushButton>

#include <algorithm>

namespace app::windows {

namespace {

using Then = std::function<void(const QString&)>;

QString tr(const char* text) {
    return QCoreApplication::translate("app::windows", text);
}

/// The dialog cannot ask this itself: it does not know the final name.
void confirmThen(QWidget* window, session::Settings& settings, const SaveQuestion& question, const QString& file,
                 const Then& then) {
    auto* box =
        new QMessageBox(QMessageBox::Warning, question.title,
                        tr("%1 is there already. What is in it would be lost.").arg(file), QMessageBox::Cancel, window);
    box->setAttribute(Qt::WA_DeleteOnClose);
    QPushButton* replace = box->addButton(tr("&Replace"), QMessageBox::DestructiveRole);
    replace->setObjectName(QStringLiteral("replace"));
    QPushButton* other = box->addButton(tr("&Another Name…"), QMessageBox::ActionRole);
    other->setObjectName(QStringLiteral("anotherName"));
    box->setDefaultButton(QMessageBox::Cancel);
    QObject::connect(replace, &QPushButton::clicked, window, [then, file] { then(file); });
    QObject::connect(other, &QPushButton::clicked, window,
                     [window, &settings, question, then] { chooseFileToSave(window, settings, question, then); });
    box->open();
}

QString suffixFor(const SaveQuestion& question, const QString& filter) {
    const auto place = question.filter.split(QStringLiteral(";;")).indexOf(filter);
    return question.suffixes.value(place, question.suffixes.constFirst());
}

} // namespace

QString withSuffix(const QString& name, const QString& suffix, const QStringList& other) {
    const auto endsIn = [&name](const QString& ending) { return name.endsWith(ending, Qt::CaseInsensitive); };
    const bool isWhole = endsIn(suffix) || std::any_of(other.begin(), other.end(), endsIn);
    return isWhole ? name : name + suffix;
}

void chooseFileToSave(QWidget* window, session::Settings& settings, const SaveQuestion& question, const Then& then) {
    auto* dialog = new QFileDialog(window, question.title, settings.value(session::kLastFolder), question.filter);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setOption(QFileDialog::DontConfirmOverwrite);
    QObject::connect(
        dialog, &QFileDialog::fileSelected, window, [window, &settings, question, dialog, then](const QString& chosen) {
            const QString suffix = suffixFor(question, dialog->selectedNameFilter());
            const QString file =
                withSuffix(QFileInfo(chosen).absoluteFilePath(), suffix, question.suffixes + question.other);
            settings.set(session::kLastFolder, QFileInfo(file).absolutePath());
            if (QFileInfo::exists(file))
                confirmThen(window, settings, question, file, then);
            else
                then(file);
        });
    dialog->open();
}

} // namespace app::windows
