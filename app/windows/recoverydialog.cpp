#include <app/windows/recoverydialog.h>

#include <QDateTime>
#include <QDialogButtonBox>
#include <QFileInfo>
#include <QLabel>
#include <QLocale>
#include <QPointer>
#include <QVBoxLayout>

namespace app::windows {

namespace {

QString whenOf(const QString& file) {
    return QLocale().toString(QFileInfo(file).lastModified(), QLocale::ShortFormat);
}

} // namespace

RecoveryDialog::RecoveryDialog(std::vector<session::RecoverySlot> copies, SessionFiles& files, QWidget* parent)
    : QDialog(parent), m_files(files), m_list(new QListWidget(this)) {
    for (session::RecoverySlot& slot : copies) m_copies.push_back(std::make_shared<Copy>(Copy{std::move(slot), {}}));
    build();
    for (std::size_t index = 0; index < m_copies.size(); ++index) read(index);
    m_list->setCurrentRow(0);
}

void RecoveryDialog::build() {
    setWindowTitle(tr("Work to recover"));
    auto* text = new QLabel(tr("The program ended without being closed. This work was kept:"), this);
    m_list->setAccessibleName(tr("Work to recover"));
    m_list->setToolTip(tr("Work that was kept when the program ended without being closed"));
    for (const auto& copy : m_copies) m_list->addItem(tr("Reading the copy of %1…").arg(whenOf(copy->slot.file())));
    auto* buttons = new QDialogButtonBox(this);
    m_recover = buttons->addButton(tr("&Recover"), QDialogButtonBox::AcceptRole);
    m_discard = buttons->addButton(tr("&Delete"), QDialogButtonBox::DestructiveRole);
    QPushButton* later = buttons->addButton(tr("&Later"), QDialogButtonBox::RejectRole);
    m_recover->setObjectName(QStringLiteral("recover"));
    m_discard->setObjectName(QStringLiteral("discard"));
    m_recover->setToolTip(tr("Open the chosen work"));
    m_discard->setToolTip(tr("Delete the chosen work for good"));
    later->setToolTip(tr("Ask again at the next start"));
    m_recover->setDefault(true);
    auto* column = new QVBoxLayout(this);
    column->addWidget(text);
    column->addWidget(m_list);
    column->addWidget(buttons);
    resize(560, 260);
    connect(m_recover, &QPushButton::clicked, this, &RecoveryDialog::recover);
    connect(m_discard, &QPushButton::clicked, this, &RecoveryDialog::discard);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(m_list, &QListWidget::currentRowChanged, this, &RecoveryDialog::update);
    connect(m_list, &QListWidget::itemActivated, this, &RecoveryDialog::recover);
    update();
}

void RecoveryDialog::read(std::size_t index) {
    const auto load = [file = m_copies[index]->slot.file()] { return session::loadSession(file); };
    m_files.document().fileThread().run(
        load, [self = QPointer(this), copy = m_copies[index]](const jobs::Result<session::Session>& result) {
            if (!self) return;
            const auto place = std::find(self->m_copies.begin(), self->m_copies.end(), copy);
            if (place != self->m_copies.end()) self->show(std::size_t(place - self->m_copies.begin()), result);
        });
}

void RecoveryDialog::show(std::size_t index, const jobs::Result<session::Session>& result) {
    Copy& copy = *m_copies[index];
    QListWidgetItem* item = m_list->item(int(index));
    if (!result) {
        item->setText(result.failure().sentence);
        return;
    }
    copy.session = result.value();
    const QString name =
        copy.session->savedAs.isEmpty() ? tr("Work without a name") : QFileInfo(copy.session->savedAs).fileName();
    item->setText(
        tr("%1 – model %2 – %3").arg(name, QString::fromStdString(copy.session->model.name), whenOf(copy.slot.file())));
    item->setToolTip(copy.session->savedAs);
    update();
}

void RecoveryDialog::update() {
    const int row = m_list->currentRow();
    m_discard->setEnabled(row >= 0);
    m_recover->setEnabled(row >= 0 && m_copies[std::size_t(row)]->session);
}

void RecoveryDialog::recover() {
    if (!m_recover->isEnabled()) return;
    const auto copy = m_copies[std::size_t(m_list->currentRow())];
    Q_EMIT recoverRequested([copy, &files = m_files] { files.recover(std::move(copy->slot), *copy->session); });
    accept();
}

void RecoveryDialog::discard() {
    const int row = m_list->currentRow();
    m_copies[std::size_t(row)]->slot.removeCopy();
    m_copies.erase(m_copies.begin() + row);
    delete m_list->takeItem(row);
    if (m_copies.empty()) accept();
    update();
}

} // namespace app::windows
