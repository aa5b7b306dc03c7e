/* part.c - see part.h. */
#include "client/part.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static enum status
part_fault(const struct part *part, struct error *err)
{
    int code = errno;
    return error_set(err, code == ENOSPC ? NO_SPACE : FAILED, "%s: %s",
                     part->path, strerror(code));
}

/* Whether the file that was locked still has the name: another process may
 * have finished it in between. */
static bool
still_there(int file, const char *path)
{
    struct stat ours, named;

    return fstat(file, &ours) == 0 && lstat(path, &named) == 0 &&
           ours.st_ino == named.st_ino && ours.st_dev == named.st_dev;
}

/* The file, locked; -1 with errno. */
static int
file_lock(const char *path)
{
    for (;;) {
        int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
        if (file < 0)
            return -1;
        if (flock(file, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
            close(file);
            errno = EWOULDBLOCK;
            return -1;
        }
        if (still_there(file, path))
            return file;
        close(file);
    }
}

/* Takes up what is there. Its last byte is asked for again, since there is no
 * range that begins behind the last byte of a whole. */
static enum status
part_resume(struct part *part, struct error *err)
{
    FILE *note = fopen(part->etag_path, "re");
    struct stat about;
    off_t kept = 0;

    if (note && !fgets(part->etag, sizeof(part->etag), note))
        part->etag[0] = '\0';
    if (note)
        fclose(note);
    if (fstat(fileno(part->file), &about) != 0)
        return part_fault(part, err);
    if (*part->etag && about.st_size > 0)
        kept = about.st_size - 1;
    if (about.st_size > 0 && ftruncate(fileno(part->file), kept) != 0)
        return part_fault(part, err);
    return OK;
}

enum status
part_open(const char *name, struct part *out, struct error *err)
{
    *out = (struct part){.name = name};
    if ((size_t)snprintf(out->etag_path, sizeof(out->etag_path), "%s.part.etag",
                         name) >= sizeof(out->etag_path))
        return error_set(err, INVALID, "%s: name too long", name);
    snprintf(out->path, sizeof(out->path), "%.*s",
             (int)(strlen(out->etag_path) - strlen(".etag")), out->etag_path);
    int file = file_lock(out->path);
    if (file < 0 && errno == EWOULDBLOCK)
        return error_set(err, CONFLICT, "%s: another process downloads it",
                         out->path);
    if (file < 0)
        return part_fault(out, err);
    out->file = fdopen(file, "w+b"); /* which does not cut it */
    if (!out->file) {
        close(file);
        return error_set(err, NO_MEMORY, "out of memory");
    }
    enum status status = part_resume(out, err);
    if (status != OK)
        fclose(out->file);
    return status;
}

void
part_note(struct part *part, const char *etag)
{
    if (strncmp(etag, "W/", 2) == 0) /* it says nothing about bytes */
        etag = "";
    if (strcmp(part->etag, etag) == 0)
        return;
    snprintf(part->etag, sizeof(part->etag), "%s", etag);
    unlink(part->etag_path);
    FILE *note = *etag ? fopen(part->etag_path, "wxe") : NULL;
    if (!note)
        return; /* then another run starts anew */
    fputs(etag, note);
    fclose(note);
}

enum status
part_finish(struct part *part, struct error *err)
{
    enum status status = OK;

    if (fflush(part->file) != 0 || rename(part->path, part->name) != 0)
        status = part_fault(part, err);
    unlink(part->etag_path);
    if (status != OK)
        unlink(part->path);
    fclose(part->file);
    return status;
}

bool
part_keep(struct part *part)
{
    struct stat about;

    if (!*part->etag || fflush(part->file) != 0 ||
        fstat(fileno(part->file), &about) != 0 || about.st_size == 0) {
        part_drop(part);
        return false;
    }
    fclose(part->file);
    return true;
}

void
part_drop(struct part *part)
{
    unlink(part->etag_path);
    unlink(part->path);
    fclose(part->file);
}
